"""A campaign: the trials of one call of snakemake. Its identity reaches the jobs through the environment."""

import fcntl
import os
import platform
import signal
import time
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

from servebench.errors import ServebenchError, describe_os_error
from servebench.files import read_json, write_json
from servebench.json_lines import append_json_line
from servebench.node import own_file
from servebench.owner import Owner
from servebench.paths import StudyPaths
from servebench.percentage import parse_percentage
from servebench.progress import CAMPAIGN, SO_FAR, Expected, Progress, cell_name, format_duration
from servebench.trial.key import TrialKey
from servebench.trial.record import TrialRecord
from servebench.trial.retries import retries_left
from servebench.words import Outcome, Phase

OWNER = "SERVEBENCH_OWNER"
PLANNED = "SERVEBENCH_PLANNED"
PRECISION = "SERVEBENCH_PRECISION"
CPUS = "SERVEBENCH_CPUS"
# The journal's word for how many of a trial's windows were made again.
MADE_AGAIN = "made_again"
# From this length on a trial says that it begins.
LONG_TRIAL_S = 20.0
# How long the jobs of a call that was killed may take to end: a server has 5 s for it, and then 5 s more.
JOBS_END_S = 30.0
JOBS_POLL_S = 0.1


@dataclass(frozen=True)
class Campaign:
    """The campaign that a job belongs to; a job started by hand is its own.

    `precision` is the wished half width of the intervals as a share, None where the repeats are given.
    `cpus` are those that its owner had when it began; None where the system does not tell.
    """

    name: str
    owner: Owner | None
    planned: int
    precision: float | None = None
    cpus: frozenset[int] | None = None

    @classmethod
    def from_environment(cls) -> "Campaign":
        """What the snakemake process announced."""
        owner, precision = os.environ.get(OWNER), os.environ.get(PRECISION)
        cpus = frozenset(int(number) for number in os.environ.get(CPUS, "").split())
        return cls(
            os.environ.get(CAMPAIGN) or _new_name(),
            Owner.parse(owner) if owner else None,
            int(os.environ.get(PLANNED) or 0),
            parse_percentage(precision) if precision else None,
            cpus or None,
        )

    @property
    def owner_here(self) -> int | None:
        """The number of its owner's process; None without one, and on another host."""
        return None if self.owner is None else self.owner.pid_here

    def take_cpus(self) -> None:
        """Let this process run on all of the campaign's CPUs.

        A trial keeps the owner off the server's CPUs; one that was killed never gave them back, and this job took them
        over from the owner.
        """
        if self.cpus is not None:
            os.sched_setaffinity(0, self.cpus)


def _new_name() -> str:
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:6]}"


def export_package(folder: Path) -> None:
    """Let the jobs, which are processes of their own, find the package; what the caller added stays behind it."""
    others = [place for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if place and place != str(folder)]
    os.environ["PYTHONPATH"] = os.pathsep.join([str(folder), *others])


def announce_campaign(
    paths: StudyPaths,
    phases: Mapping[Phase, float],
    trials: Mapping[TrialKey, float],
    precision: str | None = None,
    jobs: Mapping[Phase, int] | None = None,
) -> str:
    """Tell the jobs of this process which campaign they belong to; returns its name.

    `phases` and `trials` are the seconds that they are expected to take, `jobs` how many each phase has.
    """
    name = _new_name()
    cells = {cell_name(key.cell): seconds for key, seconds in trials.items()}
    Expected(name, time.time(), phases, cells, jobs or {}, time.monotonic()).write(paths.expected)
    os.environ[CAMPAIGN] = name
    os.environ[PLANNED] = str(len(trials))
    os.environ[PRECISION] = precision or ""
    lead_campaign()
    return name


def lead_campaign() -> None:
    """Tell the jobs of this process that it owns the campaign on this host, as the call of a block does too."""
    os.environ[OWNER] = str(Owner.this_process())
    if hasattr(os, "sched_getaffinity"):
        os.environ[CPUS] = " ".join(str(number) for number in sorted(os.sched_getaffinity(0)))


def stop_campaign(paths: StudyPaths, campaign: Campaign, reason: str) -> None:
    """Measure nothing more in this campaign, because of `reason`.

    The file is what holds: a trial that is started nevertheless refuses. The signal spares the user its
    starting: the snakemake process finishes its running jobs and starts no more. On another host it sees the file.
    """
    write_json(paths.stopped, {"campaign": campaign.name, "reason": reason})
    if campaign.owner_here is not None:
        os.kill(campaign.owner_here, signal.SIGTERM)


def is_stopped(paths: StudyPaths, campaign: Campaign) -> bool:
    """Whether a job has stopped this campaign."""
    return why_stopped(paths, campaign) is not None


def refuse_stopped(paths: StudyPaths, campaign: Campaign) -> None:
    """Raise ServebenchError where this campaign was stopped; one that was stopped before is of no matter."""
    reason = why_stopped(paths, campaign)
    if reason is not None:
        raise ServebenchError(f"nothing more is measured: {reason}")


def why_stopped(paths: StudyPaths, campaign: Campaign) -> str | None:
    """Why a job has stopped this campaign; None where none has."""
    stopped = read_json(paths.stopped) if paths.stopped.exists() else {}
    return str(stopped["reason"]) if stopped.get("campaign") == campaign.name else None


def lock_study(paths: StudyPaths) -> int:
    """Hold the study until this process ends, in whatever way; returns the open file.

    What jobs of a call that has ended do not let go yet is waited for. Raises ServebenchError where another process
    holds it, or its folder cannot be made.
    """
    try:
        paths.root.mkdir(parents=True, exist_ok=True)
        handle = os.open(paths.lock, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise ServebenchError(describe_os_error(error) or f"{paths.lock} cannot be made: {error}") from None
    deadline_s = time.monotonic() + JOBS_END_S
    while not _take(handle):
        holder = os.pread(handle, 128, 0).decode(errors="replace").strip()
        if _has_ended(holder) and time.monotonic() < deadline_s:
            time.sleep(JOBS_POLL_S)
            continue
        os.close(handle)
        raise ServebenchError(
            f"study '{paths.root.name}' is being worked on by process {holder or 'unknown'}: "
            "wait for it, or name another study (--config study=NAME)"
        ) from None
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"{os.getpid()} on {platform.node()}".encode(), 0)
    return handle


def _take(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _has_ended(holder: str) -> bool:
    """Whether the process that wrote its number into a lock is gone from this host, while its jobs still share it."""
    number, _, host = holder.partition(" on ")
    if not number.isdigit() or host not in ("", platform.node()):
        return False
    try:
        # One that was killed stays in the list until its parent has asked for its end.
        return psutil.Process(int(number)).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def study_holder(paths: StudyPaths) -> str | None:
    """The process that works on a study now, by its number and host; None where none does."""
    if not paths.lock.exists():
        return None
    with paths.lock.open("rb") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return stream.read().decode(errors="replace").strip() or "unknown"
    return None


def append_journal(paths: StudyPaths, record: TrialRecord, wall_s: float) -> Progress:
    """Add a finished trial, in the true order, with the sums of its campaign up to it, which it returns.

    `wall_s` is the time of its job.
    """
    wall_s = trial_wall_s(record, wall_s)
    made_again = len(record.attempts)
    expected = Expected.read(paths.expected, record.campaign)
    journal = own_file(paths.journal)
    so_far = Progress.read_file(journal, record.campaign).after(
        0.0 if expected is None else expected.trial_s(record.key.cell),
        wall_s if record.outcome.is_with_load else None,
        made_again if record.outcome is Outcome.MEASURED else None,
    )
    line = {
        "campaign": record.campaign,
        **record.key.model_dump(),
        "outcome": record.outcome,
        "started_at": record.started_at,
        "ended_unix_s": time.time(),
        "wall_s": wall_s,
        MADE_AGAIN: made_again,
        SO_FAR: asdict(so_far),
    }
    append_json_line(journal, line)
    return Progress.read(paths.journal, record.campaign)


def trial_wall_s(record: TrialRecord, job_s: float) -> float:
    """A trial's own time, from that of its job: without the wait for other trials on this machine."""
    return round(job_s - (record.lock_wait_s or 0.0), 3)


def retries_of(paths: StudyPaths, campaign: Campaign) -> int:
    """How often the next trial's window may be made again."""
    so_far = Progress.read(paths.journal, campaign.name)
    return retries_left(so_far.measured, so_far.made_again)


def progress_line(paths: StudyPaths, campaign: Campaign, record: TrialRecord, so_far: Progress) -> str:
    """Which of the campaign's trials has ended, what came out, and the time left."""
    return (
        f"{_trial_words(so_far.made, campaign, record.key)}: {figure_words(record)}"
        f"{_time_left(paths, campaign, so_far)}"
    )


def figure_words(record: TrialRecord) -> str:
    """What came out of a trial."""
    if record.load is None:
        figure = f"{record.outcome}: {record.reason}"
    else:
        errors = sum(record.load.errors.values())
        figure = f"{record.load.throughput_rps:,.0f} requests/s" + (f", {errors:,} errors" if errors else "")
        figure += f", {record.reason}" if record.reason else ""
    if record.attempts:
        figure += f" (made again {_times(len(record.attempts))}: {record.attempts[-1].reason})"
    return figure


def trial_start_line(paths: StudyPaths, campaign: Campaign, key: TrialKey) -> str | None:
    """That a trial begins, where its end is far off; None where its own line comes soon."""
    expected = Expected.read(paths.expected, campaign.name)
    if expected is None or expected.trial_s(key.cell) < LONG_TRIAL_S:
        return None
    so_far = Progress.read(paths.journal, campaign.name)
    return f"{_trial_words(so_far.made + 1, campaign, key)} begins{_time_left(paths, campaign, so_far)}"


def _trial_words(number: int, campaign: Campaign, key: TrialKey) -> str:
    return (
        f"{Phase.TRIALS.label} trial {number}/{campaign.planned}  {key.model}  {key.system}  {key.load_point}  "
        f"{key.generator}  repeat {key.repeat}"
    )


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def _time_left(paths: StudyPaths, campaign: Campaign, so_far: Progress) -> str:
    expected = Expected.read(paths.expected, campaign.name)
    if expected is None:
        return ""
    return f"  ({format_duration(expected.left_s(Phase.TRIALS, time.time(), so_far))} left)"
