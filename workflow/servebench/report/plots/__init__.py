"""The plots, in the order of the page; a new one is a module and an entry here."""

from servebench.report.plots import (
    errors,
    latency_distribution,
    latency_percentiles,
    open_loop_latency,
    order,
    overview,
    resources,
    throughput,
)

PLOTS = (
    overview.PLOT,
    throughput.PLOT,
    latency_percentiles.PLOT,
    latency_distribution.PLOT,
    open_loop_latency.PLOT,
    resources.PLOT,
    errors.PLOT,
    order.PLOT,
)
