"""`make list`: the studies of this checkout, how far each is, how large, and how old."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from servebench.campaign import study_holder
from servebench.config import load_config
from servebench.errors import ServebenchError
from servebench.json_lines import read_json_lines
from servebench.node import files_of_nodes
from servebench.paths import StudyPaths
from servebench.plan.cells import trial_keys, trial_result
from servebench.progress import format_duration
from servebench.report.format import markdown_table
from servebench.report.terminal import aligned

HEADER = ["study", "state", "size", "last trial"]
NOTHING = "there are no studies: `make` measures the default one, `make demo` shows one that was measured"
DAY_S = 86_400.0


@dataclass(frozen=True)
class Study:
    """One line: `age_s` is how long ago its last trial ended, None where it has none."""

    name: str
    state: str
    size_bytes: int
    age_s: float | None

    @property
    def cells(self) -> list[str]:
        """As it is printed."""
        return [
            self.name,
            self.state,
            f"{self.size_bytes / 1e6:.1f} MB",
            "" if self.age_s is None else _ago(self.age_s),
        ]


def studies_text(results: Path, now_unix_s: float | None = None) -> str:
    """A line a study, in the order of their names."""
    now_unix_s = time.time() if now_unix_s is None else now_unix_s
    studies = [_study(StudyPaths(folder), now_unix_s) for folder in study_folders(results)]
    return aligned(markdown_table(HEADER, [study.cells for study in studies])) if studies else NOTHING


def study_folders(results: Path) -> list[Path]:
    """The folders that hold a study, or its raw files packed."""
    folders = sorted(path for path in results.glob("*") if path.is_dir())
    return [folder for folder in folders if StudyPaths(folder).config.exists() or StudyPaths(folder).archive.exists()]


def _study(paths: StudyPaths, now_unix_s: float) -> Study:
    size_bytes = sum(path.stat().st_size for path in paths.root.rglob("*") if path.is_file())
    ended_unix_s = _last_end(files_of_nodes(paths.journal))
    age_s = None if ended_unix_s is None else now_unix_s - ended_unix_s
    return Study(paths.root.name, _state(paths), size_bytes, age_s)


def _state(paths: StudyPaths) -> str:
    if not paths.config.exists():
        return f"packed: `make report STUDY={paths.root.name}` unpacks it"
    try:
        keys = trial_keys(load_config(paths.config))
    except ServebenchError:
        return "its config.yaml cannot be read"
    done = sum(trial_result(paths, key).exists() for key in keys)
    holder = study_holder(paths)
    if holder is not None:
        return f"process {holder} works on it, {done} of {len(keys)} trials"
    return f"complete, {done} trials" if done == len(keys) else f"{done} of {len(keys)} trials"


def _last_end(journals: Sequence[Path]) -> float | None:
    ends = [float(lines[-1]["ended_unix_s"]) for journal in journals if (lines := read_json_lines(journal))]
    return max(ends, default=None)


def _ago(seconds: float) -> str:
    return f"{seconds / DAY_S:.0f} days ago" if seconds >= 2 * DAY_S else f"{format_duration(seconds)} ago"
