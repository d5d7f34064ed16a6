"""Several generator processes make one result; merging histograms is exact."""

from collections import Counter
from collections.abc import Sequence

from servebench.generator.protocol import LoadResult, OpenLoopCounts


def merge_results(results: Sequence[LoadResult]) -> LoadResult:
    """The sum of results that were counted in the same window."""
    latencies: Counter[int] = Counter()
    told_delays: Counter[int] = Counter()
    errors: Counter[str] = Counter()
    for result in results:
        latencies.update(dict(result.latencies_ns))
        told_delays.update(dict(result.told_delays_ns))
        errors.update(result.errors)
    minima = [r.latency_min_ns for r in results if r.latency_min_ns is not None]
    maxima = [r.latency_max_ns for r in results if r.latency_max_ns is not None]
    return LoadResult(
        requests=sum(r.requests for r in results),
        errors=dict(sorted(errors.items())),
        latency_sum_ns=sum(r.latency_sum_ns for r in results),
        latency_min_ns=min(minima, default=None),
        latency_max_ns=max(maxima, default=None),
        latencies_ns=sorted(latencies.items()),
        series=_add_series([r.series for r in results]),
        answers_checked=sum(r.answers_checked for r in results),
        cpu_s=sum(r.cpu_s for r in results),
        idle_cpu_s=sum(r.idle_cpu_s for r in results),
        busiest_cpu_s=max(r.busiest_cpu_s for r in results),
        open_loop=_add_open_loops([r.open_loop for r in results if r.open_loop is not None]),
        told_delays_ns=sorted(told_delays.items()),
        window_s=max((r.window_s for r in results if r.window_s is not None), default=None),
    )


def _add_open_loops(counts: Sequence[OpenLoopCounts]) -> OpenLoopCounts | None:
    if not counts:
        return None
    delays: Counter[int] = Counter()
    for count in counts:
        delays.update(dict(count.send_delays_ns))
    return OpenLoopCounts(
        scheduled=sum(c.scheduled for c in counts),
        waited_for_connection=sum(c.waited_for_connection for c in counts),
        in_flight=sum(c.in_flight for c in counts),
        unsent=sum(c.unsent for c in counts),
        send_delays_ns=sorted(delays.items()),
    )


def _add_series(series: Sequence[Sequence[tuple[int, int]]]) -> list[tuple[int, int]]:
    columns = zip(*series, strict=True)
    return [(sum(a for a, _ in column), sum(b for _, b in column)) for column in columns]
