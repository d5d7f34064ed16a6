"""Which study it is: on which machine, when and by which code it was measured, and how far its instrument is right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from servebench.analyse.metrics import TAILS, metric_of
from servebench.files import sha256_file
from servebench.machine import MachineFacts
from servebench.paths import RESULT
from servebench.release import COMMIT, SERVEBENCH, version
from servebench.report.data import StudyData
from servebench.report.format import figure, listed
from servebench.trial.record import TrialRecord, read_record

HASH_LETTERS = 12
MIB_A_GIB = 1024
# Beside machine, date and code there is room for so many names.
MOST_MODELS = 5


@dataclass(frozen=True)
class Identity:
    """One line each; empty where it is not known.

    `study_hash` begins the SHA-256 of tables/trials.csv, which provenance.json holds whole.
    """

    study: str
    models: str
    machine: str
    measured_on: str
    version: str
    commit: str
    study_hash: str
    resolution: str

    @property
    def line(self) -> str:
        """All that is known, as one line."""
        named = {"servebench": self.version, "commit": self.commit, "study": self.study_hash}
        texts = [self.models, self.machine, f"measured on {self.measured_on}" if self.measured_on else ""]
        texts += [f"{name} {value}" if value else "" for name, value in named.items()]
        texts += [f"the instrument is right to {self.resolution}" if self.resolution else ""]
        return "; ".join(text for text in texts if text)


def identity(data: StudyData) -> Identity:
    """What is known of a study."""
    record = _first_record(data)
    versions = record.versions if record else {}
    trials = data.paths.tables / "trials.csv"
    return Identity(
        study=data.config.study,
        models=_models(data.config.models),
        machine=_machine(record.machine) if record else "",
        measured_on=_days(data),
        version=versions.get(SERVEBENCH, f"{version()} (the report)"),
        commit=versions.get(COMMIT, ""),
        study_hash=sha256_file(trials)[:HASH_LETTERS] if trials.exists() else "",
        resolution=_resolution(data),
    )


def _models(names: Sequence[str]) -> str:
    """What they are called, as far as there is room."""
    more = f" and {len(names) - MOST_MODELS:,} more" if len(names) > MOST_MODELS else ""
    return f"{'model' if len(names) == 1 else 'models'} {', '.join(names[:MOST_MODELS])}{more}"


def _first_record(data: StudyData) -> TrialRecord | None:
    """The record of the first measured trial; None without one, and where only the tables are left."""
    paths = [data.trial_folder(trial) / RESULT for _, trial in data.told_trials.head(1).iterrows()]
    return next((read_record(path) for path in paths if path.exists()), None)


def _machine(machine: MachineFacts) -> str:
    memory = "" if machine.memory_mib is None else f", {figure(machine.memory_mib / MIB_A_GIB)} GiB"
    limit_mib = machine.memory_limit_mib
    if limit_mib is not None and (machine.memory_mib is None or limit_mib < machine.memory_mib):
        memory += f" (a limit of {figure(limit_mib / MIB_A_GIB)} GiB)"
    return f"{machine.processor}{memory}, kernel {machine.kernel}"


def _days(data: StudyData) -> str:
    """The day, or the first and the last, in UTC."""
    days = sorted({str(started)[:10] for started in data.told_trials["started_at"]})
    return " to ".join(dict.fromkeys([days[0], days[-1]])) if days else ""


def _resolution(data: StudyData) -> str:
    """Of each calibrated generator, such as `0.0082 ms (p50) and 0.033 ms (p99) by native`."""
    names = data.config.every_generator
    found = data.resolutions
    return ", ".join(f"{_percentiles(found[name])} by {name}" for name in names if name in found)


def _percentiles(resolution_ms: Mapping[float, float]) -> str:
    """Of those that cards and table tell: the section on calibration has all."""
    tails = {metric_of(name).percentile for name in TAILS}
    told = sorted((name, value) for name, value in resolution_ms.items() if name in tails)
    return listed([f"{figure(value, 2)} ms (p{name:g})" for name, value in told])
