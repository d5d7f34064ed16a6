"""Verdicts: what may be claimed of a figure, and why. A verdict is of a figure, not of a trial."""

from dataclasses import dataclass

from servebench.thresholds import (
    FEW_USERS_A_CPU,
    GENERATOR_NEAR_LIMIT,
    LATE_MS,
    OVERLOAD_SHARE,
    SATURATED,
)
from servebench.words import VerdictWord


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
