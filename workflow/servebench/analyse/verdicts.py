"""Verdicts: what may be claimed of a figure, and why. A verdict is of a figure, not of a trial."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from servebench.analyse.text import percent
from servebench.thresholds import (
    ERROR_SHARE,
    FEW_USERS_A_CPU,
    GENERATOR_NEAR_LIMIT,
    HOT_THREAD_CORES,
    IDLE_CPUS,
    LATE_MS,
    MANY_SWITCHES,
    MORE_BY_TWICE,
    OTHERS_SHARE,
    OVERLOAD_SHARE,
    SATURATED,
    SERVER_WAITED,
)
from servebench.words import VerdictWord

if TYPE_CHECKING:
    # A trial judges itself, and need not wait for SciPy.
    from servebench.analyse.statistics import Interval

IDLE_UNEXPLAINED = "idle time unexplained"


@dataclass(frozen=True)
class ServerCpu:
    """How the CPUs that the server can use were used, 0 to 1 of them; None if unknown.

    It can use its CPUs, at most one a worker or thread. The idle share is known only where these CPUs are the server's
    alone. `metered` says, of an endpoint, whether and by what it is metered.
    """

    utilization: float | None
    idle_share: float | None = None
    metered: str | None = None

    @property
    def is_full(self) -> bool:
        """Whether they were at their limit: by their idle time, else by what the server itself used."""
        if self.idle_share is not None:
            return self.idle_share <= IDLE_CPUS
        return self.utilization is not None and self.utilization >= SATURATED

    @property
    def others_share(self) -> float:
        """What was neither idle nor the server's own; 0 where it is not known."""
        if self.utilization is None or self.idle_share is None:
            return 0.0
        return max(0.0, 1 - self.idle_share - self.utilization)

    def __str__(self) -> str:
        """As a verdict's reason says it."""
        if self.utilization is None and self.metered is not None:
            return f"server {self.metered}"
        by = "" if self.metered is None else f" ({self.metered})"
        used = "unknown" if self.utilization is None else f"{self.utilization:.0%}"
        idle = "" if self.idle_share is None else f" (its CPUs idle for {self.idle_share:.1%})"
        return f"server at {used}{idle}{by}"


@dataclass(frozen=True)
class Waited:
    """Who waited for a CPU, each as a clause; None where nobody is known to have."""

    generator: str | None = None
    server: str | None = None


@dataclass(frozen=True)
class ThroughputEvidence:
    """What was observed of a closed loop's trial; shares and utilizations are 0 to 1.

    `server_cpus` is what the server can use. `shared_utilization` is what server and generator together used of the
    CPUs that they share; None where each has its own. `error_share` is of the answers, None without any.
    `unsteadiness` says why there was no steady state. A quota held the server for `throttled_share` of the window.
    `load_host` is the busiest of the hosts that send the load, if others do; `full_link` says which link was full.
    """

    server: ServerCpu
    generator_utilization: float
    users: int
    think_time_s: float
    server_cpus: int
    is_pinned: bool
    shared_utilization: float | None = None
    error_share: float | None = 0.0
    waits: Waited = Waited()
    unsteadiness: str | None = None
    load_host: str | None = None
    full_link: str | None = None
    throttled_share: float = 0.0


@dataclass(frozen=True)
class Verdict:
    """The word, the reason, and whether the figure is only a lower bound.

    `is_counted` is false where a cell's figures are better made without this trial. `is_idle_unexplained` says that the
    server's CPUs were idle, or not metered, and nothing seen in this trial kept it from working.
    """

    word: VerdictWord
    reason: str
    is_lower_bound: bool = False
    is_counted: bool = True
    is_idle_unexplained: bool = False


@dataclass(frozen=True)
class OpenLoopEvidence:
    """What was observed of an open loop's trial; shares are of the scheduled requests, `error_share` of the answers.

    `waited_share` and `unanswered_share` are None where the generator does not tell them. `send_delay_p99_ms` is
    the generator's own lateness: since a request's intended start, or since its connection became free.
    """

    rate_rps: int
    is_objective: bool
    server: ServerCpu
    generator_utilization: float
    waited_share: float | None
    unanswered_share: float | None
    send_delay_p99_ms: float | None
    is_pinned: bool
    error_share: float | None = 0.0
    waits: Waited = Waited()
    full_link: str | None = None


def throughput_verdict(evidence: ThroughputEvidence) -> Verdict:
    """Judge a closed-loop throughput: by what disturbed it, by its errors, then by who was busy."""
    return _with_placement(_unfit(evidence) or _by_cpu(evidence), evidence.is_pinned)


def open_loop_verdict(evidence: OpenLoopEvidence) -> Verdict:
    """Judge an open loop: what was sent late is the generator's, errors and busy connections are the server's."""
    return _with_placement(
        _late(evidence) or _failing(evidence) or _overloaded(evidence) or _holding(evidence), evidence.is_pinned
    )


def _with_placement(verdict: Verdict, is_pinned: bool) -> Verdict:
    return verdict if is_pinned else replace(verdict, reason=f"{verdict.reason}; CPUs were not pinned")


def _disturbed(reason: str) -> Verdict:
    """Who loses a CPU serves less: the figure is a lower bound."""
    return Verdict(VerdictWord.DISTURBED, reason, is_lower_bound=True, is_counted=False)


def _taken_by_others(server: ServerCpu) -> Verdict | None:
    """Full CPUs of which others had a noticeable part are not the server's limit."""
    if server.others_share <= OTHERS_SHARE:
        return None
    return _disturbed(f"{server}: others had {server.others_share:.0%} of its CPUs")


def _errors(error_share: float) -> str:
    return f"{percent(error_share)} of the answers were errors"


def _unfit(evidence: ThroughputEvidence) -> Verdict | None:
    """Why a closed loop's throughput says nothing of the server, whoever was busy."""
    waited = evidence.waits.generator or evidence.waits.server
    if waited is not None:
        return _disturbed(waited)
    if evidence.error_share is None:
        return Verdict(VerdictWord.INCONCLUSIVE, "nothing was answered")
    if evidence.error_share > ERROR_SHARE:
        return Verdict(VerdictWord.INCONCLUSIVE, _errors(evidence.error_share))
    if evidence.unsteadiness is not None:
        return Verdict(VerdictWord.INCONCLUSIVE, evidence.unsteadiness, is_counted=False)
    return None


def _by_cpu(evidence: ThroughputEvidence) -> Verdict:
    server, generator = evidence.server, evidence.generator_utilization
    is_known = server.utilization is not None
    if not is_known and server.metered is None:
        return Verdict(VerdictWord.INCONCLUSIVE, "the server's CPU is not known")
    place = "" if evidence.load_host is None else f" on {evidence.load_host}"
    busy = f"{server}, generator{place} at {generator:.0%}"
    if server.is_full:
        return _taken_by_others(server) or _of_full_server(busy, generator)
    if generator >= SATURATED:
        return Verdict(VerdictWord.GENERATOR_BOUND, f"{busy}: a lower bound", is_lower_bound=True)
    if evidence.full_link is not None:
        reason = f"{busy}, {evidence.full_link}: a lower bound"
        return Verdict(VerdictWord.GENERATOR_BOUND, reason, is_lower_bound=True)
    if evidence.shared_utilization is not None and evidence.shared_utilization >= SATURATED:
        reason = f"{busy}: together they filled the CPUs that they share"
        return Verdict(VerdictWord.INCONCLUSIVE, reason, is_lower_bound=True)
    if evidence.throttled_share > SERVER_WAITED:
        reason = f"{busy}: a quota of CPU held the server for {percent(evidence.throttled_share)} of the window"
        return Verdict(VerdictWord.INCONCLUSIVE, reason, is_lower_bound=True)
    if evidence.think_time_s > 0:
        return Verdict(VerdictWord.BELOW_CAPACITY, f"{busy}: users think for {evidence.think_time_s:g} s")
    if evidence.users < FEW_USERS_A_CPU * evidence.server_cpus:
        return Verdict(VerdictWord.BELOW_CAPACITY, f"{busy}: few users, each waits for its answer")
    reason = f"{busy}: {IDLE_UNEXPLAINED}" if is_known else busy
    return Verdict(VerdictWord.INCONCLUSIVE, reason, is_lower_bound=True, is_idle_unexplained=True)


def _of_full_server(busy: str, generator: float) -> Verdict:
    if generator >= SATURATED:
        return Verdict(VerdictWord.INCONCLUSIVE, f"{busy}: both were at their limit", is_lower_bound=True)
    note = ", near its own limit" if generator >= GENERATOR_NEAR_LIMIT else ""
    return Verdict(VerdictWord.CAPACITY, f"{busy}{note}")


def _late(evidence: OpenLoopEvidence) -> Verdict | None:
    """Why an open loop was not sent as it was meant, or was taken its CPU."""
    if evidence.waits.generator is not None:
        reason = f"{evidence.waits.generator}: latencies are upper bounds"
        return Verdict(VerdictWord.GENERATOR_LATE, reason, is_counted=False)
    if evidence.waits.server is not None:
        return _disturbed(evidence.waits.server)
    if evidence.full_link is not None:
        return Verdict(VerdictWord.GENERATOR_LATE, f"{evidence.full_link}: latencies are upper bounds")
    if evidence.waited_share is None or evidence.unanswered_share is None:
        return Verdict(VerdictWord.INCONCLUSIVE, "the generator does not say what it could not send in time")
    generator, late_ms = evidence.generator_utilization, evidence.send_delay_p99_ms
    if generator < SATURATED and (late_ms is None or late_ms <= LATE_MS):
        return None
    late = "an unknown time" if late_ms is None else f"{late_ms:.2g} ms"
    return Verdict(
        VerdictWord.GENERATOR_LATE, f"it sent {late} late (p99) at {generator:.0%} CPU: latencies are upper bounds"
    )


def _failing(evidence: OpenLoopEvidence) -> Verdict | None:
    """A server that answers with errors holds no rate, however fast it does so."""
    if evidence.error_share is None:
        return Verdict(VerdictWord.OVERLOAD, "nothing was answered")
    if evidence.error_share > ERROR_SHARE:
        return Verdict(VerdictWord.OVERLOAD, _errors(evidence.error_share))
    return None


def _overloaded(evidence: OpenLoopEvidence) -> Verdict | None:
    waited, unanswered = evidence.waited_share or 0.0, evidence.unanswered_share or 0.0
    # Near its objective a system is meant to keep connections busy: the latencies decide.
    if evidence.is_objective or max(waited, unanswered) <= OVERLOAD_SHARE:
        return None
    reason = f"{waited:.0%} of the requests found every connection busy, {unanswered:.0%} had no answer"
    if not evidence.server.is_full:
        return Verdict(VerdictWord.OVERLOAD, reason)
    # What it serves of a rate it cannot hold depends on the window: its capacity is a closed loop's.
    return _taken_by_others(evidence.server) or Verdict(VerdictWord.OVERLOAD, f"{reason}, {evidence.server}")


def _holding(evidence: OpenLoopEvidence) -> Verdict:
    if evidence.is_objective:
        reason = f"the highest rate found that keeps the objective, {evidence.server}"
        return Verdict(VerdictWord.CAPACITY_AT_OBJECTIVE, reason)
    return Verdict(VerdictWord.BELOW_CAPACITY, f"holds {evidence.rate_rps:,} requests/s, {evidence.server}")


@dataclass(frozen=True)
class MoreUsersEvidence:
    """A cell with at least twice the users of one whose server's CPUs were idle, or not metered.

    `gain` is its throughput over that of the judged cell, whose busiest thread and voluntary switches an answer may say
    what limits the server; None if unknown.
    """

    users: int
    gain: "Interval"
    busiest_thread_cores: float | None
    switches_per_answer: float | None
    is_metered: bool = True


def more_users_verdict(verdict: Verdict, evidence: MoreUsersEvidence | None) -> Verdict:
    """Judge a closed loop's cell anew in the light of one with at least twice its users, where there is one."""
    if not verdict.is_idle_unexplained:
        return verdict
    if evidence is None:
        remedy = "measure twice the users to see whether the server is the limit"
        return replace(verdict, reason=f"{verdict.reason}; {remedy}")
    gain = evidence.gain
    change = f"{gain.estimate - 1:+.1%}"
    if gain.low is not None and gain.high is not None:
        change += f" [{gain.low - 1:+.1%}, {gain.high - 1:+.1%}]"
    seen = f"{verdict.reason.replace(IDLE_UNEXPLAINED, '').rstrip(' :')}: {evidence.users:,} users bring {change}"
    if gain.high is None or gain.high >= 1 + MORE_BY_TWICE:
        return replace(verdict, reason=f"{seen}, so that the users may be the limit")
    return Verdict(VerdictWord.SERVER_LIMITED, f"{seen}, limited by {_limit(evidence)}")


def _limit(evidence: MoreUsersEvidence) -> str:
    """What limits a server whose CPUs are idle, as far as its threads tell."""
    if not evidence.is_metered:
        return "what is not metered"
    hottest, switches = evidence.busiest_thread_cores, evidence.switches_per_answer
    if hottest is not None and hottest >= HOT_THREAD_CORES:
        return f"one hot thread (at {hottest:.2f} cores)"
    if switches is not None and switches > MANY_SWITCHES:
        return f"a lock or I/O (its threads gave up a CPU {switches:.2g} times an answer)"
    return "something that is not CPU"
