"""`make profile`: where a system's CPU goes at its capacity, as a flame graph and a list, beside its study."""

import tempfile
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from servebench.errors import ServebenchError
from servebench.files import scratch_folder, write_text
from servebench.machine import Placement, PlacementError
from servebench.paths import FLAME, FUNCTIONS, PROFILE, SERVER_LOG, StudyPaths
from servebench.profile.flame import flame_svg
from servebench.profile.functions import function_shares, write_functions
from servebench.profile.profiler import profiler_of
from servebench.profile.record import ProfileRecord
from servebench.profile.sampling import Sampler
from servebench.profile.subject import Subject, find_subject
from servebench.profile.text import flame_title
from servebench.profile.windows import Windows, make_windows
from servebench.trial.attempt import launch_of
from servebench.trial.away import kept_away
from servebench.trial.golden import ensure_golden
from servebench.trial.machine_lock import machine_lock
from servebench.trial.processes import ProcessGroups
from servebench.trial.request import TrialRequest
from servebench.trial.run import place_trial
from servebench.trial.server import start_server
from servebench.trial.session import Loader, Session

WINDOW_S = 3.0


def profile_system(
    paths: StudyPaths, system: str, model: str | None, cache: Path, window_s: float = WINDOW_S
) -> ProfileRecord:
    """Profile a built system of a study and write what came out beside it; no trial is made of it.

    Raises ServebenchError where the system is not there, or may not be looked into.
    """
    subject = find_subject(paths, system, model)
    profiler = profiler_of(subject.language)
    program, version = profiler.find()
    log = _empty_log(paths.log("profile", subject.model, system))
    started_at = datetime.now(UTC).isoformat(timespec="seconds")
    with tempfile.TemporaryDirectory(dir=scratch_folder(cache)) as name:
        request = subject.request(Path(name), cache)
        placement = _place(request)
        cpus = placement.server if profiler.stops_server else placement.generator
        sampler = Sampler(profiler, program, cpus if placement.is_pinned else None, log)
        windows = _load(subject, request, placement, sampler, window_s, Path(name))
    record = ProfileRecord(
        model=subject.model,
        system=system,
        profiler=profiler.kind,
        version=version,
        started_at=started_at,
        load_point=subject.point.name,
        window_s=window_s,
        cpus=len(placement.server),
        **windows.figures(),
    )
    _write(paths.profile(subject.model, system), record, windows)
    return record


def _empty_log(path: Path) -> Path:
    write_text(path, "")
    return path


def _place(request: TrialRequest) -> Placement:
    try:
        return place_trial(request)
    except PlacementError as error:
        raise ServebenchError(f"{request.key.system} {error}: use a machine with more CPUs, or ask for fewer") from None


def _load(
    subject: Subject, request: TrialRequest, placement: Placement, sampler: Sampler, window_s: float, scratch: Path
) -> Windows:
    """Start the server as a trial does, with the machine to itself, and load it."""
    holder = f"study {request.study}: a profile of {request.key.system}"
    with machine_lock(holder), kept_away(placement, None), ProcessGroups() as groups:
        server = start_server(groups, launch_of(request, placement), scratch / SERVER_LOG)
        ensure_golden(request.key.system, server.address, request.wire)
        loader = Loader(groups, partial(request.load, placement), server.address, scratch)
        return make_windows(Session(server, loader, None), subject.point, window_s, sampler, scratch)


def _write(folder: Path, record: ProfileRecord, windows: Windows) -> None:
    """Write the files, the record last: who finds it finds the others."""
    write_text(folder / FLAME, flame_svg(windows.stacks, flame_title(record)))
    write_functions(folder / FUNCTIONS, function_shares(windows.stacks))
    write_text(folder / PROFILE, record.model_dump_json(indent=2) + "\n")
