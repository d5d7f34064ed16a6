"""One trial, by one process: start, await, check, warm up, measure, end, write."""

import csv
import json
import math
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
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
from servebench.generator.protocol import LoadResult, OpenLoopCounts
from servebench.histogram import histogram_of, new_histogram, percentiles_ms, write_hlog
from servebench.machine import Placement, PlacementError, can_pin, place, read_machine, read_topology
from servebench.trial.load import LoadProcesses, start_load
from servebench.trial.machine_lock import machine_lock
from servebench.trial.meter import ResourceSample, affinity_of, sample
from servebench.trial.processes import ProcessGroups
from servebench.trial.record import GeneratorFigures, LoadFigures, ServerFigures, TrialRecord
from servebench.trial.request import TrialRequest
from servebench.trial.server import RunningServer, ServerLaunch, spawn_server
from servebench.trial.server import request as ask
from servebench.trial.window import WindowReading, observe

GOLDEN_BEFORE_TRIAL = 5
PERCENTILES = (50.0, 90.0, 95.0, 99.0, 99.9)
RELEASE_DELAY_S = 0.05
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
            return _not_measured(request, needed["reason"], needed["remedy"])
    try:
        placement = _place(request)
    except PlacementError as error:
        return _not_measured(request, str(error), "use a machine with more CPUs, or ask for fewer")
    holder = f"study {request.study}: {request.key.system}, {request.key.load_point}, repeat {request.key.repeat}"
    with machine_lock(holder) as waited_s:
        versions = {**manifest["versions"], **generator_manifest["versions"], **_versions()}
        return _measure(request, placement, waited_s, scratch, owner, versions)


def _place(request: TrialRequest) -> Placement:
    cpus = request.system.cores if request.system.cores is not None else request.settings["server_cores"]
    return place(read_topology(), cpus, request.settings["placement"] == "shared", can_pin())


def _not_measured(request: TrialRequest, reason: str, remedy: str) -> RawTrial:
    now = time.time()
    record = TrialRecord(
        **_identity(request, now),
        outcome="not measured",
        reason=reason,
        remedy=remedy,
        machine=read_machine().as_dict(),
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
        load = start_load(groups, request, starting.port, placement, scratch, scratch / "generator.log")
        server = starting.await_health()
        _check_golden(request, server)
        load.await_ready()
        rest = sample(server.process.pid)
        affinity = affinity_of(server.process.pid)
        generator_affinity = affinity_of(load.processes[0].pid)
        start_s = time.monotonic() + RELEASE_DELAY_S
        load.release(start_s)
        window_s = start_s + request.settings["warmup_s"]
        offset_s = time.time() - time.monotonic()
        reading = observe(server.process.pid, window_s, request.settings["duration_s"], server.is_alive, owner)
        results = load.collect(request.settings["timeout_s"])
        died = reading.died_after_s is not None or not server.is_alive()
    merged = merge_results(results)
    duration_s = request.settings["duration_s"]
    record = TrialRecord(
        **_identity(request, started_unix_s),
        outcome="server died" if died else "measured",
        reason=_death(reading, server) if died else None,
        lock_wait_s=waited_s,
        placement=asdict(placement),
        machine=machine.as_dict(),
        other_cores=_other_cores(reading, merged, duration_s),
        steal_cores=reading.steal_cores,
        versions=versions,
        load=_load_figures(merged, duration_s),
        server=_server_figures(server, launch, placement, affinity, rest, reading, merged, duration_s),
        generator=_generator_figures(request, load, generator_affinity, results),
    )
    return RawTrial(record, merged, reading.samples, window_s + offset_s)


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
    return max(0.0, reading.machine_busy_cores - reading.cpu_mean_cores - load.cpu_s / duration_s)


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


def _load_figures(load: LoadResult, window_s: float) -> LoadFigures:
    histogram = histogram_of(load.latencies_ns)
    p50, p90, p95, p99, p99_9 = percentiles_ms(histogram, PERCENTILES, load.latency_max_ns)
    return LoadFigures(
        window_s=window_s,
        requests=load.requests,
        errors=load.errors,
        throughput_rps=load.requests / window_s,
        latency_min_ms=_ms(load.latency_min_ns),
        latency_mean_ms=load.latency_sum_ns / load.requests / 1e6 if load.requests else None,
        latency_p50_ms=p50,
        latency_p90_ms=p90,
        latency_p95_ms=p95,
        latency_p99_ms=p99,
        latency_p99_9_ms=p99_9,
        latency_max_ms=_ms(load.latency_max_ns),
        answers_checked=load.answers_checked,
        **_open_loop_figures(load.open_loop),
    )


def _open_loop_figures(counts: OpenLoopCounts | None) -> dict[str, Any]:
    if counts is None:
        return {}
    return {
        "scheduled": counts.scheduled,
        "waited_for_connection": counts.waited_for_connection,
        "in_flight": counts.in_flight,
        "unsent": counts.unsent,
        "send_delay_p99_ms": percentiles_ms(histogram_of(counts.send_delays_ns), [99.0])[0],
    }


def _ms(value_ns: int | None) -> float | None:
    return None if value_ns is None else value_ns / 1e6


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known and len(known) == len(values) else None


def _peak(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return max(known) if known and len(known) == len(values) else None


def _server_figures(
    server: RunningServer,
    launch: ServerLaunch,
    placement: Placement,
    affinity: list[int] | None,
    rest: ResourceSample | None,
    reading: WindowReading,
    load: LoadResult,
    duration_s: float,
) -> ServerFigures:
    cpu_cores = reading.cpu_mean_cores
    answers = load.requests + sum(load.errors.values())
    rate = answers / duration_s
    return ServerFigures(
        command=server.command,
        health=server.health,
        affinity=affinity,
        cpus=len(placement.server),
        parallelism=launch.parallelism,
        ready_s=server.ready_s,
        rest_pss_mib=rest.pss_mib if rest else None,
        rest_rss_mib=rest.rss_mib if rest else None,
        pss_mean_mib=_mean([s.pss_mib for s in reading.samples]),
        pss_peak_mib=_peak([s.pss_mib for s in reading.samples]),
        rss_mean_mib=_mean([s.rss_mib for s in reading.samples]),
        rss_peak_mib=_peak([s.rss_mib for s in reading.samples]),
        cpu_mean_cores=cpu_cores,
        cpu_peak_cores=reading.cpu_peak_cores,
        cpu_us_per_request=cpu_cores / rate * 1e6 if cpu_cores is not None and rate else None,
        threads_peak=max((s.threads for s in reading.samples), default=None),
        processes_peak=max((s.processes for s in reading.samples), default=None),
    )


def _generator_figures(
    request: TrialRequest, load: LoadProcesses, affinity: list[int] | None, results: list[LoadResult]
) -> GeneratorFigures:
    duration_s = request.settings["duration_s"]
    return GeneratorFigures(
        command=load.commands[0],
        processes=len(load.processes),
        affinity=affinity,
        cpu_mean_cores=sum(result.cpu_s for result in results) / duration_s,
        cpu_utilization=max(result.busiest_cpu_s for result in results) / duration_s,
    )


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
