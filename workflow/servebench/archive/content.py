"""What an archive holds, by the names in it."""

from collections.abc import Mapping
from dataclasses import dataclass

from servebench.paths import RAW, REPOSITORY, SNAKEFILE, STUDY_CONFIG

# What the run consisted of: the workflow's rules, and the packages that it was locked to.
SOURCES = (SNAKEFILE, "workflow/rules/*.smk", "envs/*.lock", "LICENSE")
TABLES, PLOTS = "tables/", "plots/"


@dataclass(frozen=True)
class Content:
    """A study: its config, its raw files packed, what is made of them, and the sources that ran."""

    config: bytes
    raw: bytes
    made: Mapping[str, bytes]
    sources: Mapping[str, bytes]

    @property
    def files(self) -> dict[str, bytes]:
        """All of them."""
        return {STUDY_CONFIG: self.config, RAW: self.raw, **self.made, **self.sources}

    @property
    def tables(self) -> list[str]:
        """The names of the tables."""
        return [name for name in self.made if name.startswith(TABLES)]

    @property
    def report(self) -> list[str]:
        """The names of what is made of the tables."""
        return [name for name in self.made if not name.startswith(TABLES)]


def read_sources() -> dict[str, bytes]:
    """The sources of this checkout, by their places in it."""
    paths = sorted(path for pattern in SOURCES for path in REPOSITORY.glob(pattern))
    return {path.relative_to(REPOSITORY).as_posix(): path.read_bytes() for path in paths}
