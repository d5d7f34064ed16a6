"""Verdicts: what may be claimed of a throughput, and why. A verdict is of a figure, not of a trial."""

from dataclasses import dataclass

SATURATED = 0.95
GENERATOR_NEAR_LIMIT = 0.80
# With fewer users than this for each CPU of the server, both sides wait for each other by design.
FEW_USERS_A_CPU = 4


@dataclass(frozen=True)
class ThroughputEvidence:
    """What was observed of a cell: utilizations are CPU used over CPU usable, 0 to 1; None if unknown.

    `server_cpus` is what the server can use: its CPUs, at most one a worker or thread.
    """

    server_utilization: float | None
    generator_utilization: float
    users: int
    think_time_s: float
    server_cpus: int
    is_pinned: bool


@dataclass(frozen=True)
class Verdict:
    """The word, the reason, and whether the figure is only a lower bound."""

    word: str
    reason: str
    is_lower_bound: bool = False


def throughput_verdict(evidence: ThroughputEvidence) -> Verdict:
    """Judge a closed-loop throughput by who was busy."""
    verdict = _judge(evidence)
    if evidence.is_pinned:
        return verdict
    return Verdict(verdict.word, f"{verdict.reason}; CPUs were not pinned", verdict.is_lower_bound)


def _judge(evidence: ThroughputEvidence) -> Verdict:
    server, generator = evidence.server_utilization, evidence.generator_utilization
    if server is None:
        return Verdict("inconclusive", "the server's CPU is not known")
    busy = f"server at {server:.0%}, generator at {generator:.0%}"
    if server >= SATURATED:
        if generator >= SATURATED:
            return Verdict("inconclusive", f"{busy}: both were at their limit", True)
        note = ", near its own limit" if generator >= GENERATOR_NEAR_LIMIT else ""
        return Verdict("capacity", f"{busy}{note}")
    if generator >= SATURATED:
        return Verdict("generator-bound", f"{busy}: a lower bound", True)
    if evidence.think_time_s > 0:
        return Verdict("below capacity", f"{busy}: users think for {evidence.think_time_s:g} s")
    if evidence.users < FEW_USERS_A_CPU * evidence.server_cpus:
        return Verdict("below capacity", f"{busy}: few users, each waits for its answer")
    return Verdict("inconclusive", f"{busy}: idle time unexplained", True)
