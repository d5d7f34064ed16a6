"""One trial, by one process: start, await, check, warm up, measure, end, write."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, assert_never

from servebench.build.server_manifest import fitting_manifest
from servebench.files import read_json
from servebench.load_point import AtObjective, DrivenPoint, OpenLoop, SearchedPoint, ShareOfCapacity
from servebench.machine import Placement, PlacementError, can_pin, place, read_machine, read_topology
from servebench.paths import MANIFEST, SERVER_LOG
from servebench.trial.figures import generator_figures, load_figures, other_cores, server_figures
from servebench.trial.generator_processes import GeneratorProcesses
from servebench.trial.golden import ensure_golden
from servebench.trial.machine_lock import machine_lock
from servebench.trial.meter import affinity_of, sample
from servebench.trial.processes import ProcessGroups
from servebench.trial.record import TrialRecord
from servebench.trial.request import TrialRequest
from servebench.trial.search import Search, judge, search_rate, share_of_capacity, why_not_found
from servebench.trial.server import RunningServer, ServerLaunch, spawn_server
from servebench.trial.session import Loader, Session, Window
from servebench.trial.store import RawTrial, partial_folder, write_raw
from servebench.trial.window import WindowReading
from servebench.words import BuildStatus, Outcome


def run_trial(request: TrialRequest, owner: int | None) -> TrialRecord:
    """Make one trial and write its folder; `owner` is the process that must stay alive meanwhile.

    What the server does is an outcome; what the harness does raises ServebenchError.
    """
    with partial_folder(request.folder, request.failed_logs) as scratch:
        raw = _make(request, scratch, owner)
        write_raw(raw, scratch)
    return raw.record


def _make(request: TrialRequest, scratch: Path, owner: int | None) -> RawTrial:
    if request.replaced is not None and read_json(request.replaced / MANIFEST)["status"] == BuildStatus.BUILT:
        reason = f"stands in for {request.replaced.name}, which is here"
        return _without_load(request, Outcome.NOT_NEEDED, reason, None)
    manifests = [read_json(folder / MANIFEST) for folder in (request.package, request.generator_folder)]
    for manifest in manifests:
        if manifest["status"] != BuildStatus.BUILT:
            return _without_load(request, Outcome.NOT_MEASURED, manifest["reason"], manifest["remedy"])
    if request.look is not None:
        return _without_load(request, Outcome.NOT_NEEDED, request.look.reason, None)
    try:
        placement = _place(request)
    except PlacementError as error:
        remedy = "use a machine with more CPUs, or ask for fewer"
        return _without_load(request, Outcome.NOT_MEASURED, str(error), remedy)
    holder = f"study {request.study}: {request.key.system}, {request.key.load_point}, repeat {request.key.repeat}"
    versions = {**manifests[0]["versions"], **manifests[1]["versions"], **_versions()}
    with machine_lock(holder) as waited_s:
        return _measure(request, placement, waited_s, scratch, owner, versions)


def _place(request: TrialRequest) -> Placement:
    settings = request.settings
    cpus = settings.system.cores if settings.system.cores is not None else settings.server_cores
    return place(read_topology(), cpus, settings.placement == "shared", can_pin())


def _without_load(
    request: TrialRequest, outcome: Outcome, reason: str, remedy: str | None, search: Search | None = None
) -> RawTrial:
    now = time.time()
    record = TrialRecord(
        **_identity(request, now),
        outcome=outcome,
        reason=reason,
        remedy=remedy,
        machine=read_machine(),
        search=search,
    )
    return RawTrial(record, now)


def _identity(request: TrialRequest, started_unix_s: float) -> dict[str, Any]:
    return {
        "study": request.study,
        "campaign": request.campaign,
        "key": request.key,
        "settings": request.settings,
        "started_at": datetime.fromtimestamp(started_unix_s, UTC).isoformat(timespec="milliseconds"),
        "started_unix_s": started_unix_s,
        "look": request.look,
    }


def _measure(
    request: TrialRequest,
    placement: Placement,
    waited_s: float,
    scratch: Path,
    owner: int | None,
    versions: dict[str, str],
) -> RawTrial:
    started_unix_s = time.time()
    machine = read_machine()
    launch = _launch(request, placement)
    point = request.load_point
    with _pinned(placement), ProcessGroups() as groups:
        starting = spawn_server(groups, launch, scratch / SERVER_LOG)
        loader = Loader(groups, partial(request.load, placement), starting.port, scratch)
        # Where the load is known it gets ready while the server starts.
        waiting = loader.start(point) if isinstance(point, DrivenPoint) else None
        server = starting.await_health()
        ensure_golden(request.key.system, server.port, request.model)
        rest = sample(server.process.pid)
        affinity = affinity_of(server.process.pid)
        session = Session(server, loader, owner)
        search, window = _window(request, session, waiting)
        if window is None:
            assert search is not None
            return _search_failed(request, search, server)
        died = window.measurement.watched.died_after_s is not None or not server.is_alive()
    reading = window.measurement.watched
    record = TrialRecord(
        **_identity(request, started_unix_s),
        outcome=Outcome.SERVER_DIED if died else Outcome.MEASURED,
        reason=_death(reading, server) if died else None,
        lock_wait_s=waited_s,
        placement=placement,
        machine=machine,
        other_cores=other_cores(window.measurement),
        steal_cores=reading.steal_cores,
        versions=versions,
        search=search,
        load=load_figures(window.measurement),
        server=server_figures(server, launch, placement, affinity, rest, window.measurement),
        generator=generator_figures(window),
    )
    offset_s = time.time() - time.monotonic()
    start_unix_s = window.measurement.window_start_s + offset_s
    return RawTrial(record, start_unix_s, window.measurement.counted, reading.samples)


def _window(
    request: TrialRequest, session: Session, waiting: GeneratorProcesses | None
) -> tuple[Search | None, Window | None]:
    """The measured window, and how its rate was found where it depends on the system."""
    if waiting is not None:
        return None, session.window(waiting)
    point = request.load_point
    assert isinstance(point, SearchedPoint)
    return _searched_window(request, point, session)


def _searched_window(request: TrialRequest, point: SearchedPoint, session: Session) -> tuple[Search, Window | None]:
    """Find the rate, then measure windows at it until one is right; no window where there is none."""
    search = _search(request, point, session)
    while search.rate_rps is not None and session.server.is_alive():
        window = session.window(session.loader.start(OpenLoop(search.rate_rps)))
        fault = _fault(request, point, window)
        if fault is None or not session.server.is_alive():
            return search, window
        if search.has_given_up:
            break
        search = search.after(fault)
    return search, None


def _search(request: TrialRequest, point: SearchedPoint, session: Session) -> Search:
    """Find the rate of a load point that depends on the system itself."""
    connections = request.settings.generator.connections
    match point:
        case ShareOfCapacity(percent):
            return share_of_capacity(session.probe, connections, percent)
        case AtObjective():
            return search_rate(session.probe, connections, request.objective)
        case _:
            assert_never(point)


def _fault(request: TrialRequest, point: SearchedPoint, window: Window) -> str | None:
    """Why the trial's own window did not keep the objective, if it did not; a share of the capacity has none."""
    match point:
        case ShareOfCapacity():
            return None
        case AtObjective():
            return judge(window.measurement.counted, 0, request.settings.duration_s, request.objective).fault
        case _:
            assert_never(point)


def _search_failed(request: TrialRequest, search: Search, server: RunningServer) -> RawTrial:
    if not server.is_alive():
        reason = f"the server ended with code {server.process.returncode} while its rate was searched"
        return _without_load(request, Outcome.SERVER_DIED, reason, None, search)
    reason, remedy = why_not_found(search, request.objective)
    return _without_load(request, Outcome.NOT_MEASURED, reason, remedy, search)


@contextmanager
def _pinned(placement: Placement) -> Iterator[None]:
    """Run the harness and its meter on the generator's CPUs."""
    if not placement.is_pinned:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, placement.generator)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _launch(request: TrialRequest, placement: Placement) -> ServerLaunch:
    settings = request.settings
    cpus = placement.server if placement.is_pinned else None
    everything = len(read_topology()) if cpus is None else (os.cpu_count() or 1)
    count = {"cores": len(placement.server), "all": everything}.get(str(settings.system.parallelism))
    return ServerLaunch(
        request.package,
        fitting_manifest(request.key.system, settings.system).parallelism,
        int(settings.system.parallelism) if count is None else count,
        cpus,
        settings.numeric_threads,
        settings.start_timeout_s,
    )


def _death(reading: WindowReading, server: RunningServer) -> str:
    code = server.process.returncode
    if reading.died_after_s is None:
        return f"the server ended with code {code} after the window"
    return f"the server ended with code {code}, {reading.died_after_s:.1f} s into the window"


def _versions() -> dict[str, str]:
    return {name: version(name) for name in ("psutil", "snakemake")}
