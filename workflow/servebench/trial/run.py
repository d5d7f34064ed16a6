"""One trial, by one process: with the machine to itself, an attempt, and again where the window does not count."""

from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from servebench.build.rows import refusal_of_rows
from servebench.files import read_json
from servebench.load_hosts.host import held_hosts
from servebench.load_hosts.network import LoadNetwork
from servebench.machine import Placement, PlacementError, can_pin, place, read_topology
from servebench.paths import MANIFEST
from servebench.release import release_versions
from servebench.thresholds import MOST_RETRIES
from servebench.trial.attempt import TrialSite, make_attempt
from servebench.trial.machine_lock import machine_lock
from servebench.trial.onlooker import Onlooker
from servebench.trial.outcome import without_load
from servebench.trial.record import Attempt, TrialRecord
from servebench.trial.request import TrialRequest
from servebench.trial.retries import Dropped, make_until_valid
from servebench.trial.store import RawTrial, partial_folder, write_raw
from servebench.trial.validity import window_fault
from servebench.words import BuildStatus, Outcome


def recorded_fault(raw: RawTrial) -> str | None:
    """Why an attempt's window does not count."""
    return window_fault(raw.record, [second.good for second in raw.counted.series] if raw.counted else [])


def run_trial(
    request: TrialRequest,
    owner: int | None,
    fault_of: Callable[[RawTrial], str | None] = recorded_fault,
    most_retries: int = MOST_RETRIES,
    onlooker: Onlooker | None = None,
) -> TrialRecord:
    """Make one trial and write its folder; `owner` is the process that must stay alive meanwhile.

    A window that has a fault is made again, at most `most_retries` times; `onlooker` is told of each.

    What the server does is an outcome; what the harness does raises ServebenchError.
    """
    with partial_folder(request.folder, request.failed_logs) as scratch:
        raw = _make(request, scratch, owner, fault_of, most_retries, onlooker)
        write_raw(raw, scratch)
    return raw.record


def _make(
    request: TrialRequest,
    scratch: Path,
    owner: int | None,
    fault_of: Callable[[RawTrial], str | None],
    most_retries: int,
    onlooker: Onlooker | None,
) -> RawTrial:
    if request.replaced is not None and read_json(request.replaced / MANIFEST)["status"] == BuildStatus.BUILT:
        reason = f"stands in for {request.replaced.name}, which is here"
        return without_load(request, Outcome.NOT_NEEDED, reason, None)
    manifests = [read_json(folder / MANIFEST) for folder in (request.package, request.generator_folder)]
    for manifest in [*manifests, read_json(request.wire / MANIFEST)]:
        if manifest["status"] != BuildStatus.BUILT:
            return without_load(request, Outcome.NOT_MEASURED, manifest["reason"], manifest["remedy"])
    refusal = refusal_of_rows(manifests[0], request.load_point.rows)
    if refusal is not None:
        return without_load(request, Outcome.NOT_MEASURED, *refusal)
    if request.look is not None:
        return without_load(request, Outcome.NOT_NEEDED, request.look.reason, None)
    try:
        placement = place_trial(request)
    except PlacementError as error:
        remedy = "use a machine with more CPUs, or ask for fewer"
        return without_load(request, Outcome.NOT_MEASURED, str(error), remedy)
    holder = f"study {request.study}: {request.key.system}, {request.key.load_point}, repeat {request.key.repeat}"
    # The machine is held until the window counts: nobody's trial comes between the attempts.
    network = LoadNetwork.of(request.settings)
    with machine_lock(holder) as waited_s, held_hosts(network, holder) as hosts:
        site = TrialSite(placement, waited_s, scratch, owner, _versions(manifests), hosts, onlooker)
        last, dropped = make_until_valid(partial(make_attempt, request, site), fault_of, most_retries)
    return last.with_attempts([_attempt(earlier) for earlier in dropped])


def place_trial(request: TrialRequest) -> Placement:
    """Which CPUs a trial's server and generator run on; raises PlacementError where there are too few."""
    settings = request.settings
    cpus = settings.system.cores if settings.system.cores is not None else settings.server_cores
    return place(read_topology(), cpus, settings.placement == "shared", can_pin())


def _versions(manifests: list[dict[str, Any]]) -> dict[str, str]:
    built = {name: number for manifest in manifests for name, number in manifest["versions"].items()}
    return built | {name: version(name) for name in ("psutil", "snakemake")} | release_versions()


def _attempt(dropped: Dropped[RawTrial]) -> Attempt:
    record = dropped.made.record
    assert record.load is not None
    assert record.server is not None
    assert record.generator is not None
    return Attempt(
        reason=dropped.reason,
        started_unix_s=record.started_unix_s,
        load=record.load,
        server=record.server,
        generator=record.generator,
    )
