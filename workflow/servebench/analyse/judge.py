"""What a trial is judged on: from its record to the evidence of its verdict."""

from servebench.analyse.raw import RawTrial
from servebench.analyse.verdicts import (
    OpenLoopEvidence,
    ServerCpu,
    ThroughputEvidence,
    Verdict,
    Waited,
    open_loop_verdict,
    throughput_verdict,
)
from servebench.endpoint import EndpointDefinition
from servebench.load_point import parse_load_point
from servebench.thresholds import OTHERS_SHARE, SATURATED
from servebench.trial.record import GeneratorFigures, LoadFigures, ServerFigures, TrialRecord
from servebench.trial.validity import generator_disturbance, server_disturbance, unsteadiness

# Before this version of the instrument no window was made again for want of a steady state.
STEADY_SINCE = 4


def trial_verdict(trial: RawTrial) -> Verdict | None:
    """What may be claimed of one trial; None where it was not measured to its end."""
    if not trial.is_measured:
        return None
    users = parse_load_point(trial.record.key.load_point).users
    if users is None:
        return open_loop_verdict(_open_loop_evidence(trial.record))
    return throughput_verdict(_throughput_evidence(trial, users))


def usable_cpus(server: ServerFigures) -> int | None:
    """The CPUs that the server can use: its own, at most one a worker or thread, where these are known."""
    if server.cpus is None or server.parallelism is None:
        return server.cpus
    return min(server.cpus, server.parallelism)


def server_utilization(server: ServerFigures) -> float | None:
    """What the server used of the CPUs that it can use."""
    usable = usable_cpus(server)
    return None if server.cpu_mean_cores is None or not usable else server.cpu_mean_cores / usable


def error_share(load: LoadFigures) -> float | None:
    """Errors over all answers; None without any."""
    errors = sum(load.errors.values())
    answers = load.requests + errors
    return errors / answers if answers else None


def _usable_idle_share(record: TrialRecord) -> float | None:
    """How long the CPUs that the server can use were idle: idle time of those that it cannot use says nothing."""
    server, placement = record.server, record.placement
    if server is None or server.cpus_idle_share is None or placement is None or placement.is_shared:
        return None
    usable, cpus = usable_cpus(server), server.cpus
    if usable is None or cpus is None:
        return None
    idle_cpus = server.cpus_idle_share * cpus - (cpus - usable)
    return max(0.0, idle_cpus) / usable


def _server_cpu(record: TrialRecord) -> ServerCpu:
    server = record.server
    assert server is not None
    system = record.settings.system
    if isinstance(system, EndpointDefinition):
        return ServerCpu(server_utilization(server), metered=system.metered)
    cpu = ServerCpu(server_utilization(server), _usable_idle_share(record))
    if usable_cpus(server) != server.cpus and cpu.others_share > OTHERS_SHARE:
        # Others may have been on the CPUs that the server cannot use.
        return ServerCpu(cpu.utilization)
    return cpu


def _waits(record: TrialRecord) -> Waited:
    server, generator = record.server, record.generator
    assert server is not None
    assert generator is not None
    return Waited(generator_disturbance(server, generator), server_disturbance(server, generator))


def _throughput_evidence(trial: RawTrial, users: int) -> ThroughputEvidence:
    record = trial.record
    server, generator, load, placement = record.server, record.generator, record.load, record.placement
    assert server is not None
    assert generator is not None
    assert load is not None
    assert placement is not None
    shared = None
    if placement.is_shared and server.cpu_mean_cores is not None and server.cpus:
        shared = (server.cpu_mean_cores + generator.cpu_mean_cores) / server.cpus
    return ThroughputEvidence(
        server=_server_cpu(record),
        generator_utilization=generator.cpu_utilization,
        users=users,
        think_time_s=record.settings.think_time_s,
        # A server has one at least.
        server_cpus=usable_cpus(server) or 1,
        is_pinned=bool(record.is_pinned),
        shared_utilization=shared,
        error_share=error_share(load),
        waits=_waits(record),
        unsteadiness=_unsteadiness(trial, load),
        load_host=generator.busiest_host,
        full_link=_full_link(server, generator),
        throttled_share=server.throttled_share or 0.0,
    )


def _unsteadiness(trial: RawTrial, load: LoadFigures) -> str | None:
    if trial.record.settings.instrument_version < STEADY_SINCE or load.errors:
        return None
    return unsteadiness(trial.good_answers()[: int(load.window_s)])


def _open_loop_evidence(record: TrialRecord) -> OpenLoopEvidence:
    load, generator, placement = record.load, record.generator, record.placement
    assert load is not None
    assert generator is not None
    assert placement is not None
    point = parse_load_point(record.key.load_point)
    rate_rps = point.rate_rps if record.search is None else record.search.rate_rps
    waited, unanswered = _open_loop_shares(load)
    return OpenLoopEvidence(
        rate_rps=rate_rps or 0,
        is_objective=point.keeps_objective,
        server=_server_cpu(record),
        generator_utilization=generator.cpu_utilization,
        waited_share=waited,
        unanswered_share=unanswered,
        send_delay_p99_ms=load.send_delay_p99_ms,
        is_pinned=bool(record.is_pinned),
        error_share=error_share(load),
        waits=_waits(record),
        full_link=None if record.server is None else _full_link(record.server, generator),
    )


def _full_link(server: ServerFigures, generator: GeneratorFigures) -> str | None:
    """Which link between load hosts and server was full, as a clause; None where none is known to have been."""
    links = [(f"the link of {host.host}", host.link_share) for host in generator.hosts]
    for name, share in [*links, ("the server's link", server.link_share)]:
        if share is not None and share >= SATURATED:
            return f"{name} was at {share:.0%} of its speed"
    return None


def _open_loop_shares(load: LoadFigures) -> tuple[float | None, float | None]:
    """How the scheduled requests fared: found every connection busy, had no answer; None where none were scheduled."""
    if not load.scheduled or load.waited_for_connection is None or load.in_flight is None or load.unsent is None:
        return None, None
    return load.waited_for_connection / load.scheduled, (load.in_flight + load.unsent) / load.scheduled
