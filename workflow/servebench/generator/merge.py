"""Several generator processes make one result; merging histograms is exact."""

from collections import Counter
from collections.abc import Sequence

from servebench.generator.protocol import LoadResult, OpenLoopCounts, Second
from servebench.known import known, sum_if_known


def merge_results(results: Sequence[LoadResult]) -> LoadResult:
    """The sum of results that were counted in the same window."""
    latencies: Counter[int] = Counter()
    told_delays: Counter[int] = Counter()
    ages: Counter[int] = Counter()
    errors: Counter[str] = Counter()
    for result in results:
        latencies.update(dict(result.latencies_ns))
        told_delays.update(dict(result.told_delays_ns))
        ages.update(dict(result.unanswered_ages_ns))
        errors.update(result.errors)
    return LoadResult(
        requests=sum(r.requests for r in results),
        errors=dict(sorted(errors.items())),
        latency_sum_ns=sum(r.latency_sum_ns for r in results),
        latency_min_ns=min(known([r.latency_min_ns for r in results]), default=None),
        latency_max_ns=max(known([r.latency_max_ns for r in results]), default=None),
        latencies_ns=sorted(latencies.items()),
        series=_add_series([r.series for r in results]),
        answers_checked=sum(r.answers_checked for r in results),
        cpu_s=sum(r.cpu_s for r in results),
        idle_cpu_s=sum(r.idle_cpu_s for r in results),
        busiest_cpu_s=max(r.busiest_cpu_s for r in results),
        open_loop=_add_open_loops([r.open_loop for r in results if r.open_loop is not None]),
        told_delays_ns=sorted(told_delays.items()),
        window_s=max(known([r.window_s for r in results]), default=None),
        is_spinning=any(r.is_spinning for r in results),
        connections=sum_if_known([r.connections for r in results]),
        connections_greeted=sum_if_known([r.connections_greeted for r in results]),
        in_flight=sum_if_known([r.in_flight for r in results]),
        unanswered_ages_ns=sorted(ages.items()),
        reconnects=sum_if_known([r.reconnects for r in results]),
        gap_total_s=max(known([r.gap_total_s for r in results]), default=None),
        gap_longest_s=max(known([r.gap_longest_s for r in results]), default=None),
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
        unsent=sum(c.unsent for c in counts),
        send_delays_ns=sorted(delays.items()),
    )


def _add_series(series: Sequence[Sequence[Second]]) -> list[Second]:
    return [_add_seconds(seconds) for seconds in zip(*series, strict=True)]


def _add_seconds(seconds: Sequence[Second]) -> Second:
    return Second(
        good=sum(second.good for second in seconds),
        bad=sum(second.bad for second in seconds),
        slowest_ns=max(known([second.slowest_ns for second in seconds]), default=None),
    )
