"""A copy of what a study needs of the repository, in which a forged one is planned, reported and found complete."""

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from servebench.bench_analysis.cost import Cost, cost_of
from servebench.config import Config, dump_config
from servebench.files import write_text
from servebench.paths import REPOSITORY, SNAKEFILE, StudyPaths

FOLDERS = ("workflow", "config", "envs", "profiles", "servers")
FILES = (SNAKEFILE, "pyproject.toml")
CONFIG = "forged.yaml"
COMPLETE = "complete.smk"
# Snakemake's own hook, when all jobs are known and none has begun: every output is made there, empty where it is
# missing, all of one time, with the record that Snakemake keeps of it.
COMPLETE_TEXT = """\
import os
import time


include: "Snakefile"


onstart:
    now_s = time.time()
    for job in workflow.dag.jobs:
        for path in map(Path, job.output):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
            os.utime(path, (now_s, now_s))
    for job in workflow.dag.jobs:
        workflow.async_run(workflow.persistence.finished(job))
    os._exit(0)
"""


@dataclass(frozen=True)
class Checkout:
    """The copy, with a cache of its own, and the one study that is in it."""

    folder: Path
    config: Config

    @classmethod
    def make(cls, folder: Path, config: Config) -> "Checkout":
        """Copy what is needed, and write the study's configuration beside it."""
        for name in FOLDERS:
            shutil.copytree(REPOSITORY / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in FILES:
            shutil.copy(REPOSITORY / name, folder / name)
        write_text(folder / COMPLETE, COMPLETE_TEXT)
        write_text(folder / CONFIG, dump_config(config))
        return cls(folder, config)

    @property
    def study(self) -> StudyPaths:
        """The study's files."""
        return StudyPaths(self.folder / "results" / self.config.study)

    @property
    def records(self) -> Path:
        """Where Snakemake keeps what it knows of every output."""
        return self.folder / ".snakemake" / "metadata"

    def snakemake(self, *arguments: str) -> tuple[Cost, str]:
        """What a call of it takes, and what it prints."""
        command = [str(Path(sys.executable).with_name("snakemake")), "--cores", "2", "--configfile", CONFIG]
        return cost_of([*command, *arguments], self.folder, self._environment)

    def complete(self) -> None:
        """Have every output there, as after a whole study."""
        self.snakemake("--snakefile", COMPLETE, "--forceall", "all")

    def stage(self, name: str) -> Cost:
        """What a part of the report takes."""
        module = "servebench.bench_analysis.stages"
        command: Sequence[str] = [sys.executable, "-m", module, name, f"results/{self.config.study}"]
        return cost_of(command, self.folder, self._environment)[0]

    @property
    def _environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(self.folder / "workflow")}
