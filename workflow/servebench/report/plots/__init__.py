"""The plots, in the order of the page; a new one is a module and an entry here."""

from servebench.config import Config
from servebench.report.plots import (
    cost_per_million,
    cpu_per_request,
    errors,
    framework_and_inference,
    instances,
    latency_distribution,
    latency_percentiles,
    memory,
    open_loop_latency,
    order,
    overview,
    predictions_per_core_second,
    resources,
    rows_per_second,
    throughput,
    throughput_by_cpus,
    within_trial,
)
from servebench.report.plots.plot import Plot

PLOTS = (
    overview.PLOT,
    open_loop_latency.PLOT,
    throughput.PLOT,
    throughput_by_cpus.PLOT,
    rows_per_second.PLOT,
    instances.PLOT,
    latency_percentiles.PLOT,
    latency_distribution.PLOT,
    predictions_per_core_second.PLOT,
    cost_per_million.PLOT,
    cpu_per_request.PLOT,
    framework_and_inference.PLOT,
    memory.PLOT,
    resources.PLOT,
    errors.PLOT,
    within_trial.PLOT,
    order.PLOT,
)


def plots_of(config: Config) -> list[Plot]:
    """The plots of a study; there is a closed loop or an open one, so that one stands at its head."""
    return [plot for plot in PLOTS if plot.need.is_given(config)]


def absent_plots(config: Config) -> list[Plot]:
    """The plots that a study of this config does not give."""
    return [plot for plot in PLOTS if not plot.need.is_given(config)]
