"""Which two studies are compared, and where the comparison goes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servebench.analyse.tables import TABLES
from servebench.compare.keys import EXAMPLE, OUT, STUDY_A, STUDY_B
from servebench.errors import ServebenchError
from servebench.paths import COMPARE_DATA, COMPARE_PAGE, COMPARE_TEXT, StudyPaths


@dataclass(frozen=True)
class Request:
    """B is held against A."""

    a: StudyPaths
    b: StudyPaths
    out: Path

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> "Request":
        """That of Snakemake's config; raises ServebenchError where a study is not named or has no tables."""
        missing = [name for name in (STUDY_A, STUDY_B) if not config.get(name)]
        if missing:
            raise ServebenchError(f"compare: {' and '.join(missing)} not given: name two studies' folders, {EXAMPLE}")
        a, b = (StudyPaths(Path(str(config[name]))) for name in (STUDY_A, STUDY_B))
        request = cls(a, b, Path(str(config.get(OUT) or folder_of(a.root, b.root))))
        absent = next((path for path in request.inputs if not path.exists()), None)
        if absent is not None:
            study = (a if absent.is_relative_to(a.root) else b).root.name
            raise ServebenchError(f"compare: {absent} is missing: `make report STUDY={study}` makes it")
        return request

    @property
    def inputs(self) -> list[Path]:
        """What says that a study is another one than before."""
        return [
            path
            for study in (self.a, self.b)
            for path in (study.config, *(study.tables / f"{name}.csv" for name in TABLES))
        ]

    @property
    def outputs(self) -> list[Path]:
        """The page first."""
        return [self.out / name for name in (COMPARE_PAGE, COMPARE_TEXT, COMPARE_DATA)]

    @property
    def log(self) -> Path:
        """Of the job that compares."""
        return self.out / "logs" / "compare.log"


def folder_of(a: Path, b: Path) -> Path:
    """Where a comparison goes that was not told where: beside A."""
    return a.parent / f"compare-{a.resolve().name}-{b.resolve().name}"
