"""One trial, by one process: start, await, check, warm up, measure, end, write."""

import csv
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

from servebench.answers import GOLDEN_STEP, answer_differs
from servebench.build.server_manifest import check_system
from servebench.errors import ServebenchError
from servebench.files import read_json, write_text
from servebench.generator.merge import merge_results
from servebench.generator.protocol import LoadResult
from servebench.histogram import histogram_of, new_histogram, write_hlog
from servebench.load_point import LoadPoint, OpenLoop, ShareOfCapacity
from servebench.machine import Placement, PlacementError, can_pin, place, read_machine, read_topology
from servebench.trial.figures import generator_figures, load_figures, server_figures
from servebench.trial.load import LoadProcesses, start_load
from servebench.trial.machine_lock import machine_lock
from servebench.trial.meter import ResourceSample, affinity_of, sample
from servebench.trial.processes import ProcessGroups
from servebench.trial.record import Outcome, TrialRecord
from servebench.trial.request import TrialRequest
from servebench.trial.search import GENERATOR_LATE, Search, judge, search_rate, share_of_capacity
from servebench.trial.server import RunningServer, ServerLaunch, spawn_server
from servebench.trial.server import request as ask
from servebench.trial.window import WindowReading, ensure_owner, observe

GOLDEN_BEFORE_TRIAL = 5
RELEASE_DELAY_S = 0.05
PROBE_WARMUP_S = 0.3
SERIES_HEADER = ("second", "requests", "errors")
RESOURCES_HEADER = ("at_s", "cpu_s", "pss_mib", "rss_mib", "threads", "processes")


@dataclass(frozen=True)
class RawTrial:
    """What one measurement brought, before it is written."""

    record: TrialRecord
    load: LoadResult | None
    samples: list[ResourceSample]
    window_start_unix_s: float


def run_trial(request: TrialRequest, owner: int | None) -> TrialRecord:
    """Make one trial and write its folder; `owner` is the process that must stay alive meanwhile.

    What the server does is an outcome; what the harness does raises ServebenchError.
    """
    partial = request.folder.parent / f".{request.folder.name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        raw = _make(request, partial, owner)
        _write(raw, partial)
    except BaseException:
        _keep_logs(partial, request.failed_logs)
        shutil.rmtree(partial, ignore_errors=True)
        raise
    shutil.rmtree(request.folder, ignore_errors=True)
    partial.rename(request.folder)
    return raw.record


def _make(request: TrialRequest, scratch: Path, owner: int | None) -> RawTrial:
    manifest = read_json(request.package / "manifest.json")
    generator_manifest = read_json(request.generator_folder / "manifest.json")
    for needed in (manifest, generator_manifest):
        if needed["status"] != "built":
            return _without_load(request, "not measured", needed["reason"], needed["remedy"])
    try:
        placement = _place(request)
    except PlacementError as error:
        return _without_load(request, "not measured", str(error), "use a machine with more CPUs, or ask for fewer")
    holder = f"study {request.study}: {request.key.system}, {request.key.load_point}, repeat {request.key.repeat}"
    with machine_lock(holder) as waited_s:
        versions = {**manifest["versions"], **generator_manifest["versions"], **_versions()}
        return _measure(request, placement, waited_s, scratch, owner, versions)


def _place(request: TrialRequest) -> Placement:
    cpus = request.system.cores if request.system.cores is not None else request.settings["server_cores"]
    return place(read_topology(), cpus, request.settings["placement"] == "shared", can_pin())


def _without_load(
    request: TrialRequest, outcome: Outcome, reason: str, remedy: str | None, search: Search | None = None
) -> RawTrial:
    now = time.time()
    record = TrialRecord(
        **_identity(request, now),
        outcome=outcome,
        reason=reason,
        remedy=remedy,
        machine=read_machine().as_dict(),
        search=search.as_dict() if search is not None else None,
    )
    return RawTrial(record, None, [], now)


def _identity(request: TrialRequest, started_unix_s: float) -> dict[str, Any]:
    return {
        "study": request.study,
        "campaign": request.campaign,
        "key": request.key,
        "settings": request.settings,
        "started_at": datetime.fromtimestamp(started_unix_s, UTC).isoformat(timespec="milliseconds"),
        "started_unix_s": started_unix_s,
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
    cpus = placement.server if placement.is_pinned else None
    launch = _launch(request, placement, cpus)
    with _pinned(placement), ProcessGroups() as groups:
        starting = spawn_server(groups, launch, scratch / "server.log")
        # Where the load is known it gets ready while the server starts.
        waiting = None if request.is_searched else _start(groups, request, placement, starting.port, scratch)
        server = starting.await_health()
        _check_golden(request, server)
        rest = sample(server.process.pid)
        affinity = affinity_of(server.process.pid)
        search = _search(groups, request, placement, server, scratch, owner) if request.is_searched else None
        if search is not None and (search.rate_rps is None or not server.is_alive()):
            return _search_failed(request, search, server)
        load = waiting or _start(groups, request, placement, server.port, scratch, search)
        window = _run_window(request, server, load, owner)
        while search is not None and (fault := _fault(request, window.load)) is not None and server.is_alive():
            if search.has_given_up:
                return _search_failed(request, search, server)
            search = search.after(fault)
            load = _start(groups, request, placement, server.port, scratch, search)
            window = _run_window(request, server, load, owner)
        died = window.reading.died_after_s is not None or not server.is_alive()
    duration_s = window.load.window_s or request.settings["duration_s"]
    record = TrialRecord(
        **_identity(request, started_unix_s),
        outcome="server died" if died else "measured",
        reason=_death(window.reading, server) if died else None,
        lock_wait_s=waited_s,
        placement=asdict(placement),
        machine=machine.as_dict(),
        other_cores=_other_cores(window.reading, window.load, duration_s),
        steal_cores=window.reading.steal_cores,
        versions=versions,
        search=search.as_dict() if search is not None else None,
        load=load_figures(window.load, duration_s),
        server=server_figures(server, launch, placement, affinity, rest, window.reading, window.load, duration_s),
        generator=generator_figures(load, window.generator_affinity, window.results, duration_s),
    )
    return RawTrial(record, window.load, window.reading.samples, window.start_unix_s)


@dataclass(frozen=True)
class Window:
    """What one measured window brought."""

    reading: WindowReading
    results: list[LoadResult]
    load: LoadResult
    generator_affinity: list[int] | None
    start_unix_s: float


def _start(
    groups: ProcessGroups,
    request: TrialRequest,
    placement: Placement,
    port: int,
    scratch: Path,
    search: Search | None = None,
) -> LoadProcesses:
    """Start the generator for the trial's load point, or for the rate that was found."""
    point = request.load_point if search is None or search.rate_rps is None else OpenLoop(search.rate_rps)
    return start_load(groups, request.load(placement, point), port, scratch, scratch / "generator.log")


def _run_window(request: TrialRequest, server: RunningServer, load: LoadProcesses, owner: int | None) -> Window:
    """Warm up and measure once."""
    load.await_ready()
    generator_affinity = affinity_of(load.processes[0].pid)
    start_s = time.monotonic() + RELEASE_DELAY_S
    load.release(start_s)
    window_s = start_s + request.settings["warmup_s"]
    offset_s = time.time() - time.monotonic()
    reading = observe(server.process.pid, window_s, request.settings["duration_s"], server.is_alive, owner)
    results = load.collect(request.settings["timeout_s"])
    return Window(reading, results, merge_results(results), generator_affinity, window_s + offset_s)


def _search(
    groups: ProcessGroups,
    request: TrialRequest,
    placement: Placement,
    server: RunningServer,
    scratch: Path,
    owner: int | None,
) -> Search:
    """Find the rate of a load point that depends on the system itself."""

    def drive(point: LoadPoint, duration_s: float) -> LoadResult:
        ensure_owner(owner)
        folder = scratch / "probe"
        folder.mkdir()
        asked = replace(
            request.load(placement, point), warmup_s=PROBE_WARMUP_S, duration_s=duration_s, think_time_s=0.0
        )
        load = start_load(groups, asked, server.port, folder, scratch / "generator.log")
        load.await_ready()
        load.release(time.monotonic() + RELEASE_DELAY_S)
        result = merge_results(load.collect(PROBE_WARMUP_S + duration_s + request.settings["timeout_s"]))
        shutil.rmtree(folder)
        return result

    connections, point = request.generator.connections, request.load_point
    if isinstance(point, ShareOfCapacity):
        return share_of_capacity(drive, connections, point.percent)
    return search_rate(drive, connections, request.objective)


def _fault(request: TrialRequest, load: LoadResult) -> str | None:
    """Why the trial's own window did not keep the objective, if it did not; a share of the capacity has none."""
    if isinstance(request.load_point, ShareOfCapacity):
        return None
    return judge(load, 0, request.settings["duration_s"], request.objective).fault


def _search_failed(request: TrialRequest, search: Search, server: RunningServer) -> RawTrial:
    if not server.is_alive():
        reason = f"the server ended with code {server.process.returncode} while its rate was searched"
        return _without_load(request, "server died", reason, None, search)
    remedy = "ask for a wider objective"
    if search.rate_rps is not None:
        reason = f"kept {request.objective} in no whole window down to {search.rate_rps:,} requests/s"
        if search.repetitions:
            reason += f"; in {search.repetitions} windows {GENERATOR_LATE}"
    elif search.probes[0].fault == GENERATOR_LATE:
        reason = (
            f"{request.objective} could not be judged: {GENERATOR_LATE} at {search.probes[0].rate_rps:,} requests/s"
        )
        remedy = "measure on a quieter machine, or with a faster generator"
    else:
        probe = search.probes[0]
        reason = f"misses {request.objective} even at {probe.rate_rps:,} requests/s: {probe.fault}"
    return _without_load(request, "not measured", reason, remedy, search)


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


def _other_cores(reading: WindowReading, load: LoadResult, duration_s: float) -> float | None:
    """What else ran beside server and generator: the harness itself, and whatever disturbed them."""
    if reading.machine_busy_cores is None or reading.cpu_mean_cores is None:
        return None
    return max(0.0, reading.machine_busy_cores - reading.cpu_mean_cores - (load.cpu_s + load.idle_cpu_s) / duration_s)


def _launch(request: TrialRequest, placement: Placement, cpus: tuple[int, ...] | None) -> ServerLaunch:
    asked = request.system.parallelism
    everything = len(read_topology()) if cpus is None else (os.cpu_count() or 1)
    count = {"cores": len(placement.server), "all": everything}.get(str(asked), asked)
    option = check_system(request.key.system, request.system).parallelism
    threads = request.settings["numeric_threads"]
    return ServerLaunch(request.package, option, int(count), cpus, threads, request.settings["start_timeout_s"])


def _check_golden(request: TrialRequest, server: RunningServer) -> None:
    with (request.model / "payloads.jsonl").open("rb") as bodies, (request.model / "golden.jsonl").open() as golden:
        pairs = zip(islice(bodies, 0, None, GOLDEN_STEP), golden, strict=True)
        for line, text in islice(pairs, GOLDEN_BEFORE_TRIAL):
            body, expected = line.strip(), json.loads(text)
            headers = {"Content-Type": "application/json"}
            status, answer, _headers = ask(server.port, "POST", "/predict", body, headers)
            if status != 200 or answer_differs(json.loads(answer), expected):
                raise ServebenchError(
                    f"system {request.key.system} passed its check but now answers {status} {answer[:100]!r} "
                    "to a golden input; was its package changed by hand? Delete its build folder and run again"
                )


def _death(reading: WindowReading, server: RunningServer) -> str:
    code = server.process.returncode
    if reading.died_after_s is None:
        return f"the server ended with code {code} after the window"
    return f"the server ended with code {code}, {reading.died_after_s:.1f} s into the window"


def _versions() -> dict[str, str]:
    return {name: version(name) for name in ("psutil", "snakemake")}


def _write(raw: RawTrial, folder: Path) -> None:
    """Write the raw files; result.json last. A trial that was not measured has them without rows."""
    histogram = histogram_of(raw.load.latencies_ns) if raw.load else new_histogram()
    duration_s = raw.record.settings["duration_s"]
    write_hlog(folder / "latency.hlog", histogram, raw.window_start_unix_s, duration_s)
    series = [(second, *counts) for second, counts in enumerate(raw.load.series)] if raw.load else []
    _write_csv(folder / "series.csv", SERIES_HEADER, series)
    _write_csv(folder / "resources.csv", RESOURCES_HEADER, [_resource_row(s, raw.samples[0]) for s in raw.samples])
    for name in ("server.log", "generator.log"):
        (folder / name).touch()
    for path in [*folder.glob("load-*.json"), *folder.glob("specification-*.json")]:
        path.unlink()
    write_text(folder / "result.json", raw.record.model_dump_json(indent=2) + "\n")


def _resource_row(current: ResourceSample, first: ResourceSample) -> tuple[Any, ...]:
    pss = None if current.pss_mib is None else round(current.pss_mib, 3)
    return (
        round(current.at_s - first.at_s, 3),
        round(current.cpu_s - first.cpu_s, 6),
        pss,
        round(current.rss_mib, 3),
        current.threads,
        current.processes,
    )


def _write_csv(path: Path, header: tuple[str, ...], rows: list[Any]) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(rows)


def _keep_logs(partial: Path, target: Path) -> None:
    """Keep the logs of a failed job where its message can point to."""
    for name in ("server.log", "generator.log"):
        if (partial / name).exists():
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy2(partial / name, target / name)
