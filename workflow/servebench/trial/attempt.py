"""One attempt at a trial: a fresh start of the server, or an endpoint as it runs, one warm-up, one measured window."""

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from servebench.build.server_manifest import fitting_manifest, health_path_of
from servebench.config import SystemDefinition
from servebench.endpoint import EndpointDefinition
from servebench.load_hosts.host import LoadHost
from servebench.load_point import DrivenPoint
from servebench.machine import Placement, read_machine
from servebench.paths import SERVER_LOG
from servebench.trial.away import kept_away
from servebench.trial.endpoint import RunningEndpoint, StandingEndpoint
from servebench.trial.figures import endpoint_figures, generator_figures, load_figures, other_cores, server_figures
from servebench.trial.generator_processes import GeneratorProcesses, Measurement
from servebench.trial.golden import ensure_golden
from servebench.trial.memory import Memory, read_memory
from servebench.trial.meter import affinity_of
from servebench.trial.meters import own_cpus, usable_by
from servebench.trial.onlooker import Onlooker
from servebench.trial.oom import describe_oom, read_oom_kills
from servebench.trial.outcome import identity, without_load
from servebench.trial.port import on_free_port
from servebench.trial.processes import ProcessGroups
from servebench.trial.record import ServerFigures, TrialRecord
from servebench.trial.request import TrialRequest
from servebench.trial.search import Search, why_not_found
from servebench.trial.searched_window import searched_window
from servebench.trial.server import RunningServer, ServerLaunch, StartingServer, spawn_server
from servebench.trial.session import LOAD, Loader, Session, Window
from servebench.trial.store import RawTrial, remove_logs
from servebench.trial.validity import disturbance
from servebench.trial.window import WindowReading
from servebench.words import Outcome


@dataclass(frozen=True)
class TrialSite:
    """Where a trial is made: what its attempts share. `owner` is the process that must stay alive meanwhile.

    `hosts` send the load instead of this machine, if there are any.
    """

    placement: Placement
    lock_wait_s: float
    scratch: Path
    owner: int | None
    versions: dict[str, str]
    hosts: Sequence[LoadHost] = ()
    onlooker: Onlooker | None = None


def make_attempt(request: TrialRequest, site: TrialSite) -> RawTrial:
    """Start, await, check, warm up, measure, end; nothing is left of an attempt before. An endpoint is left alone."""
    return on_free_port(lambda: _attempt_at_port(request, site))


def _attempt_at_port(request: TrialRequest, site: TrialSite) -> RawTrial:
    remove_logs(site.scratch)
    shutil.rmtree(site.scratch / LOAD, ignore_errors=True)
    started_unix_s = time.time()
    machine = read_machine()
    oom_kills = read_oom_kills()
    point = request.load_point
    placement = _placement_of(request, site)
    with kept_away(site.placement, site.owner), ProcessGroups() as groups:
        starting = _start(request, site, groups)
        load = partial(request.load, site.placement)
        loader = Loader(groups, load, starting.address, site.scratch, site.hosts)
        # Where the load is known it gets ready while the server starts.
        waiting = loader.start(point) if isinstance(point, DrivenPoint) else None
        server = starting.await_health()
        ensure_golden(request.key.system, server.address, request.wire)
        figures = partial(_figures_of(starting, server, placement), read_memory(server.meter.pids()))
        search, window = _window(request, Session(server, loader, site.owner, site.onlooker), waiting, figures)
        if window is None:
            assert search is not None
            return _search_failed(request, search, server)
        died = window.measurement.watched.died_after_s is not None or not server.is_alive()
    reading = window.measurement.watched
    record = TrialRecord(
        **identity(request, started_unix_s),
        outcome=Outcome.SERVER_DIED if died else Outcome.MEASURED,
        reason=_death(reading, server) + describe_oom(oom_kills, read_oom_kills(), machine.memory_limit_mib)
        if died
        else None,
        lock_wait_s=site.lock_wait_s,
        placement=placement,
        machine=machine,
        other_cores=other_cores(window.measurement),
        steal_cores=reading.steal_cores,
        meter_cpu_cores=reading.meter_cpu_cores,
        arrivals=request.arrivals if point.is_open else None,
        versions=site.versions,
        search=search,
        load=load_figures(window.measurement),
        server=figures(window.measurement),
        generator=generator_figures(window),
    )
    offset_s = time.time() - time.monotonic()
    start_unix_s = window.measurement.window_start_s + offset_s
    return RawTrial(record, start_unix_s, window.measurement.counted, reading.samples)


def _placement_of(request: TrialRequest, site: TrialSite) -> Placement:
    """Where a trial runs: an endpoint is on CPUs that we do not choose."""
    if isinstance(request.settings.system, EndpointDefinition):
        return replace(site.placement, server=(), is_pinned=False, is_shared=False)
    return site.placement


def _start(request: TrialRequest, site: TrialSite, groups: ProcessGroups) -> StartingServer | StandingEndpoint:
    """The server's process, just started; or the endpoint, which runs already."""
    system = request.settings.system
    if isinstance(system, EndpointDefinition):
        return StandingEndpoint(request.key.system, system)
    return spawn_server(groups, launch_of(request, site.placement), site.scratch / SERVER_LOG)


def _figures_of(
    starting: StartingServer | StandingEndpoint, server: RunningServer | RunningEndpoint, placement: Placement
) -> Callable[[Memory, Measurement[WindowReading]], ServerFigures]:
    """What makes the server's figures from its memory at rest and its window."""
    if isinstance(server, RunningEndpoint):
        taken = placement.generator
        return partial(
            endpoint_figures, server, placement, usable_by(server.meter, taken), own_cpus(server.meter, taken)
        )
    assert isinstance(starting, StartingServer)
    return partial(server_figures, server, starting.launch, placement, affinity_of(server.process.pid))


def _window(
    request: TrialRequest,
    session: Session,
    waiting: GeneratorProcesses | None,
    figures: Callable[[Measurement[WindowReading]], ServerFigures],
) -> tuple[Search | None, Window | None]:
    """The measured window, and how its rate was found where it depends on the system."""
    if waiting is not None:
        return None, session.window(waiting)

    def is_disturbed(window: Window) -> bool:
        return disturbance(figures(window.measurement), generator_figures(window)) is not None

    return searched_window(request, session, is_disturbed)


def _search_failed(request: TrialRequest, search: Search, server: RunningServer | RunningEndpoint) -> RawTrial:
    if not server.is_alive():
        reason = f"{server.ending} while its rate was searched"
        return without_load(request, Outcome.SERVER_DIED, reason, None, search)
    reason, remedy = why_not_found(search, request.objective, request.settings.duration_s)
    return without_load(request, Outcome.NOT_MEASURED, reason, remedy, search)


def launch_of(request: TrialRequest, placement: Placement) -> ServerLaunch:
    """How a trial's server is started on its CPUs."""
    settings = request.settings
    system = settings.system
    assert isinstance(system, SystemDefinition)
    cpus = placement.server if placement.is_pinned else None
    everything = len({*placement.server, *placement.generator})
    count = {"cores": len(placement.server), "all": everything}.get(str(system.parallelism))
    manifest = fitting_manifest(request.key.system, system)
    return ServerLaunch(
        request.package,
        manifest.parallelism,
        int(system.parallelism) if count is None else count,
        cpus,
        settings.numeric_threads,
        settings.start_timeout_s,
        health_path_of(system),
        settings.server_address,
    )


def _death(reading: WindowReading, server: RunningServer | RunningEndpoint) -> str:
    if reading.died_after_s is None:
        return f"{server.ending} after the window"
    return f"{server.ending}, {reading.died_after_s:.1f} s into the window"
