"""Flags of a cell: what a reader should know of it; they warn and do not void."""

from collections.abc import Sequence
from dataclasses import dataclass

from servebench.analyse.statistics import standard_deviation, student_half_width
from servebench.analyse.text import percent
from servebench.thresholds import (
    CLOSED_SHARE,
    COEFFICIENT_OF_VARIATION,
    ERROR_RATE,
    GENERATOR_NEAR_LIMIT,
    GROWN_MIB,
    GROWN_SHARE,
    INTERVAL_HALF_WIDTH,
    LEAST_REPEATS,
    LITTLES_LAW_RESIDUAL,
    LITTLES_LAW_WINDOW,
    LOAD_BEFORE_A_CPU,
    OTHER_CORES,
    STEAL_CORES,
    TREND,
)

# A flag is one line.
MOST_REASONS = 3


@dataclass(frozen=True)
class CellFacts:
    """What flags are read from; what is a number is the largest of the repeats, None if unknown.

    `trends` are the repeats' relative changes of throughput inside their windows. `left_out` are the reasons of those
    of the measured `repeats` that the figures are not made of, `made_again` those of windows that did not count. What
    other processes used is without the harness. Of a closed loop's `users`, `listen_queue` had not been accepted by the
    server at the window's end, and `users_not_greeted` had no answer before it. `memory_mib` is the server's own (USS)
    before and after the window in which it grew most.
    """

    generator_utilization: float
    errors_total: int
    error_rate: float | None
    throughputs_rps: Sequence[float]
    interval_half_width: float | None
    littles_law_residual: float | None
    other_cores: float | None
    steal_cores: float | None
    load_before_per_cpu: float | None = None
    trends: Sequence[float] = ()
    repeats: int = 0
    left_out: Sequence[str] = ()
    made_again: Sequence[str] = ()
    throttled_share: float | None = None
    users: int | None = None
    listen_queue: int | None = None
    users_not_greeted: int | None = None
    reconnects: int | None = None
    requests: int | None = None
    memory_mib: tuple[float, float] | None = None


def littles_law_residual(
    users: int, throughput_rps: float, response_s: float, think_s: float, window_s: float
) -> float | None:
    """How far users = throughput x (response + think) is off, over the users (Little 1961).

    None where the window is shorter than 20 responses: it then holds too few whole cycles.
    """
    cycle_s = response_s + think_s
    if window_s < LITTLES_LAW_WINDOW * cycle_s:
        return None
    return abs(throughput_rps * cycle_s - users) / users


def flags_of(facts: CellFacts) -> list[str]:
    """The flags, each a short clause."""
    found = []
    if facts.generator_utilization > GENERATOR_NEAR_LIMIT:
        found.append(f"the generator's own CPU was at {facts.generator_utilization:.0%}")
    if facts.error_rate is not None and facts.error_rate > ERROR_RATE:
        found.append(f"{facts.errors_total:,} errors ({percent(facts.error_rate)} of the answers)")
    if facts.littles_law_residual is not None and facts.littles_law_residual > LITTLES_LAW_RESIDUAL:
        found.append(f"Little's law is off by {facts.littles_law_residual:.0%}: {_who_was_not_served(facts)}")
    variation = coefficient_of_variation(facts.throughputs_rps)
    if variation is not None and variation > COEFFICIENT_OF_VARIATION:
        found.append(f"the throughput of the repeats varies by {variation:.0%}")
    elif facts.interval_half_width is not None and facts.interval_half_width > INTERVAL_HALF_WIDTH:
        found.append(f"the throughput's interval is ±{facts.interval_half_width:.0%} wide")
    trend = measured_trend(facts.trends)
    if trend is not None:
        found.append(f"the throughput {'rises' if trend > 0 else 'falls'} by {abs(trend):.0%} inside the window")
    if facts.load_before_per_cpu is not None and facts.load_before_per_cpu > LOAD_BEFORE_A_CPU:
        found.append(f"the load average before the start was up to {facts.load_before_per_cpu:.1f} a CPU")
    if facts.other_cores is not None and facts.other_cores > OTHER_CORES:
        found.append(f"other processes used up to {facts.other_cores:.2f} cores")
    if facts.steal_cores is not None and facts.steal_cores > STEAL_CORES:
        found.append(f"the hypervisor took up to {facts.steal_cores:.2f} cores")
    if facts.throttled_share:
        found.append(f"a quota of CPU held the server for up to {percent(facts.throttled_share)} of the window")
    if facts.reconnects:
        each = ", one after each answer" if _closes_after_each_answer(facts) else ""
        found.append(f"{facts.reconnects:,} connections had to be made again{each}")
    if facts.memory_mib is not None and _has_grown(*facts.memory_mib):
        before, after = facts.memory_mib
        found.append(f"the server's own memory grew from {before:,.0f} to {after:,.0f} MiB inside the window")
    return [*found, *_not_counted(facts)]


def _closes_after_each_answer(facts: CellFacts) -> bool:
    """Whether it is the server's way, and nothing that failed."""
    if not facts.reconnects or not facts.requests or facts.errors_total:
        return False
    return facts.reconnects >= CLOSED_SHARE * facts.requests


def _has_grown(before_mib: float, after_mib: float) -> bool:
    return after_mib - before_mib > max(GROWN_MIB, GROWN_SHARE * before_mib)


def _who_was_not_served(facts: CellFacts) -> str:
    """Which of a closed loop's users its latencies are not of, as far as is known."""
    if facts.users is not None and facts.listen_queue:
        who = f"{facts.listen_queue} of {facts.users} users stood in the listener's queue"
    elif facts.users is not None and facts.users_not_greeted:
        who = f"{facts.users_not_greeted} of {facts.users} users had no answer before the window"
    else:
        who = "not all users were waiting for the server or thinking"
    return f"{who}, so that latencies are of the others only and no percentile is told"


def _not_counted(facts: CellFacts) -> list[str]:
    """What was measured and is in no figure: it is never left out silently."""
    found = []
    if facts.left_out:
        was = "was" if len(facts.left_out) == 1 else "were"
        reasons = _listed(facts.left_out)
        found.append(f"{len(facts.left_out)} of {facts.repeats} repeats {was} disturbed and left out: {reasons}")
    if facts.made_again:
        windows = "1 window was" if len(facts.made_again) == 1 else f"{len(facts.made_again)} windows were"
        found.append(f"{windows} made again: {_listed(facts.made_again)}")
    return found


def _listed(reasons: Sequence[str]) -> str:
    """The first different ones, and how many more there are."""
    different = list(dict.fromkeys(reasons))
    more = len(different) - MOST_REASONS
    return ", ".join([*different[:MOST_REASONS], *([f"and {more} more"] if more > 0 else [])])


def relative_trend(series: Sequence[float]) -> float | None:
    """Change from the first to the last whole second of the least-squares line through the counts, over their mean.

    None below three seconds, or where nothing was counted.
    """
    n = len(series)
    mean = sum(series) / n if n else 0.0
    if n < 3 or mean == 0:
        return None
    middle = (n - 1) / 2
    slope = sum((i - middle) * value for i, value in enumerate(series)) / sum((i - middle) ** 2 for i in range(n))
    return slope * (n - 1) / mean


def measured_trend(trends: Sequence[float]) -> float | None:
    """The mean of the repeats' trends, where its interval excludes 0 and it is above 5 %; else None."""
    if len(trends) < LEAST_REPEATS:
        return None
    mean = sum(trends) / len(trends)
    is_clear = abs(mean) > student_half_width(trends)
    return mean if is_clear and abs(mean) > TREND else None


def coefficient_of_variation(values: Sequence[float]) -> float | None:
    """Sample standard deviation over the mean; None below two values or for a mean of zero."""
    n = len(values)
    mean = sum(values) / n if n else 0.0
    if n < 2 or mean == 0:
        return None
    return standard_deviation(values) / mean
