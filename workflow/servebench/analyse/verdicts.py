"""Verdicts: what may be claimed of a figure or of a ratio of two, and why. A verdict is of a figure, not of a trial."""

from dataclasses import dataclass
from typing import assert_never

from servebench.analyse.statistics import Interval
from servebench.thresholds import (
    FEW_USERS_A_CPU,
    GENERATOR_NEAR_LIMIT,
    LATE_MS,
    LEAST_REPEATS,
    MOST_SHARE_OF_CAPACITY,
    OVERLOAD_SHARE,
    SATURATED,
)
from servebench.words import Comparable, ContrastWord, VerdictWord


@dataclass(frozen=True)
class ThroughputEvidence:
    """What was observed of a cell: utilizations are CPU used over CPU usable, 0 to 1; None if unknown.

    `server_cpus` is what the server can use: its CPUs, at most one a worker or thread. `shared_utilization` is what
    server and generator together used of the CPUs that they share; None where each has its own.
    """

    server_utilization: float | None
    generator_utilization: float
    users: int
    think_time_s: float
    server_cpus: int
    is_pinned: bool
    shared_utilization: float | None = None


@dataclass(frozen=True)
class Verdict:
    """The word, the reason, and whether the figure is only a lower bound."""

    word: VerdictWord
    reason: str
    is_lower_bound: bool = False


@dataclass(frozen=True)
class OpenLoopEvidence:
    """What was observed of an open-loop cell; shares are of the scheduled requests.

    `send_delay_p99_ms` is of requests that found a free connection: the generator's own lateness.
    """

    rate_rps: int
    is_objective: bool
    server_utilization: float | None
    generator_utilization: float
    waited_share: float
    unanswered_share: float
    send_delay_p99_ms: float | None
    is_pinned: bool


def throughput_verdict(evidence: ThroughputEvidence) -> Verdict:
    """Judge a closed-loop throughput by who was busy."""
    return _with_placement(_judge(evidence), evidence.is_pinned)


def open_loop_verdict(evidence: OpenLoopEvidence) -> Verdict:
    """Judge an open-loop cell: late while a connection was free is the generator's fault, all busy the server's."""
    return _with_placement(_judge_open_loop(evidence), evidence.is_pinned)


def _with_placement(verdict: Verdict, is_pinned: bool) -> Verdict:
    if is_pinned:
        return verdict
    return Verdict(verdict.word, f"{verdict.reason}; CPUs were not pinned", verdict.is_lower_bound)


def _judge_open_loop(evidence: OpenLoopEvidence) -> Verdict:
    server, generator = evidence.server_utilization, evidence.generator_utilization
    late_ms = evidence.send_delay_p99_ms
    if generator >= SATURATED or (late_ms is not None and late_ms > LATE_MS):
        late = "an unknown time" if late_ms is None else f"{late_ms:.2g} ms"
        return Verdict(
            VerdictWord.GENERATOR_LATE, f"it sent {late} late (p99) at {generator:.0%} CPU: latencies are upper bounds"
        )
    is_overload = evidence.waited_share > OVERLOAD_SHARE or evidence.unanswered_share > OVERLOAD_SHARE
    # Near its objective a system is meant to keep connections busy: the latencies decide.
    if is_overload and not evidence.is_objective:
        reason = (
            f"{evidence.waited_share:.0%} of the requests found every connection busy, "
            f"{evidence.unanswered_share:.0%} had no answer"
        )
        if server is not None and server >= SATURATED:
            return Verdict(VerdictWord.CAPACITY, f"overload: {reason}, server at {server:.0%}")
        return Verdict(VerdictWord.OVERLOAD, reason)
    busy = "unknown" if server is None else f"{server:.0%}"
    if evidence.is_objective:
        return Verdict(
            VerdictWord.CAPACITY_AT_OBJECTIVE, f"the highest rate found that keeps the objective, server at {busy}"
        )
    return Verdict(VerdictWord.BELOW_CAPACITY, f"holds {evidence.rate_rps:,} requests/s, server at {busy}")


def _judge(evidence: ThroughputEvidence) -> Verdict:
    server, generator = evidence.server_utilization, evidence.generator_utilization
    if server is None:
        return Verdict(VerdictWord.INCONCLUSIVE, "the server's CPU is not known")
    busy = f"server at {server:.0%}, generator at {generator:.0%}"
    if server >= SATURATED:
        if generator >= SATURATED:
            return Verdict(VerdictWord.INCONCLUSIVE, f"{busy}: both were at their limit", True)
        note = ", near its own limit" if generator >= GENERATOR_NEAR_LIMIT else ""
        return Verdict(VerdictWord.CAPACITY, f"{busy}{note}")
    if generator >= SATURATED:
        return Verdict(VerdictWord.GENERATOR_BOUND, f"{busy}: a lower bound", True)
    if evidence.shared_utilization is not None and evidence.shared_utilization >= SATURATED:
        reason = f"{busy}: together they filled the CPUs that they share"
        return Verdict(VerdictWord.INCONCLUSIVE, reason, True)
    if evidence.think_time_s > 0:
        return Verdict(VerdictWord.BELOW_CAPACITY, f"{busy}: users think for {evidence.think_time_s:g} s")
    if evidence.users < FEW_USERS_A_CPU * evidence.server_cpus:
        return Verdict(VerdictWord.BELOW_CAPACITY, f"{busy}: few users, each waits for its answer")
    return Verdict(VerdictWord.INCONCLUSIVE, f"{busy}: idle time unexplained", True)


@dataclass(frozen=True)
class ContrastEvidence:
    """What a contrast is judged on: the ratio with its interval (None: there is none, with the reason) and the cells.

    `words` are the verdicts of both cells. `crowded` names the system for which the common rate is too large a share of
    its own capacity, where that is known.
    """

    compared: Comparable
    ratio: Interval | None
    no_ratio: str | None
    words: tuple[VerdictWord | None, VerdictWord | None]
    crowded: str | None = None


@dataclass(frozen=True)
class ContrastVerdict:
    """The word and the reason."""

    word: ContrastWord
    reason: str


def contrast_verdict(evidence: ContrastEvidence) -> ContrastVerdict:
    """What may be claimed of a ratio: first whether the two figures compare at all, then what the interval says."""
    if evidence.ratio is None:
        return ContrastVerdict(ContrastWord.INCONCLUSIVE, evidence.no_ratio or "not measured")
    return _incomparable(evidence) or _by_interval(evidence.ratio)


def _incomparable(evidence: ContrastEvidence) -> ContrastVerdict | None:
    match evidence.compared:
        case Comparable.ALWAYS:
            return None
        case Comparable.CAPACITIES:
            return _of_capacities(*evidence.words)
        case Comparable.HELD_RATES:
            if evidence.crowded is not None:
                reason = f"above {MOST_SHARE_OF_CAPACITY * 100:.0f} % of {evidence.crowded}'s capacity"
                return ContrastVerdict(ContrastWord.INCONCLUSIVE, reason)
            if not all(word is not None and word.holds_rate for word in evidence.words):
                return ContrastVerdict(ContrastWord.INCONCLUSIVE, "not both hold the rate")
            return None
        case _:
            assert_never(evidence.compared)


def _of_capacities(first: VerdictWord | None, second: VerdictWord | None) -> ContrastVerdict | None:
    first_is_capacity, second_is_capacity = (word is not None and word.is_capacity for word in (first, second))
    if first_is_capacity and second_is_capacity:
        return None
    if first is VerdictWord.GENERATOR_BOUND and second_is_capacity:
        return ContrastVerdict(ContrastWord.LOWER_BOUND, "the generator limited the first")
    if second is VerdictWord.GENERATOR_BOUND and first_is_capacity:
        return ContrastVerdict(ContrastWord.UPPER_BOUND, "the generator limited the second")
    return ContrastVerdict(ContrastWord.INCONCLUSIVE, "not both are capacities")


def _by_interval(ratio: Interval) -> ContrastVerdict:
    if ratio.low is None or ratio.high is None:
        return ContrastVerdict(ContrastWord.INCONCLUSIVE, f"fewer than {LEAST_REPEATS} blocks")
    if ratio.low <= 1 <= ratio.high:
        return ContrastVerdict(ContrastWord.INCONCLUSIVE, "the interval holds 1")
    return ContrastVerdict(ContrastWord.DIFFERENT, "the interval excludes 1")
