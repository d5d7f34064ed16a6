"""What the measured systems are, side by side: whoever compares them sees what else differs."""

from pydantic import BaseModel

from servebench.analyse.text import MISSING
from servebench.config import SystemDefinition
from servebench.paths import MANIFEST
from servebench.protocol.description import SERVEBENCH
from servebench.report.data import StudyData
from servebench.report.foreign import Told
from servebench.report.format import markdown_table
from servebench.report.stage_file import read_stage_file

INTRODUCTION = "All load the same model and answer the same golden requests; this is what they are, side by side."

HEADER = ["system", "server", "asks the model by", "runs on", "protocol", "flags", "versions"]
# What every program of a study shares, and no system is told apart by.
OF_ALL = frozenset({"python", "numpy"})


class _Build(BaseModel):
    """What the report says of a build's manifest; those of before name neither title nor protocol."""

    title: Told = ""
    protocol: Told = SERVEBENCH
    versions: dict[Told, Told] = {}
    flags: list[Told] = []


def equality(data: StudyData) -> str:
    """A row a system that was built and measured; empty where no build is kept."""
    rows = [row for name in data.systems if (row := _row(name, data)) is not None]
    if not rows:
        return ""
    table = markdown_table(HEADER, rows)
    return f"## What was compared\n\n{INTRODUCTION}\n\n{table}"


def _row(name: str, data: StudyData) -> list[str] | None:
    """A system that was built here, by the manifest of the first model that has one; None of all others."""
    definition = data.config.system_catalogue[name]
    paths = [data.paths.build(model, name) / MANIFEST for model in data.config.models]
    build = next((read_stage_file(path, _Build) for path in paths if path.exists()), None)
    if build is None or not isinstance(definition, SystemDefinition):
        return None
    return [
        f"`{name}`",
        build.title or definition.server,
        str(definition.inference),
        _runs_on(definition, data, name),
        build.protocol,
        " ".join(build.flags) or MISSING,
        ", ".join(f"{part} {version}" for part, version in build.versions.items() if part not in OF_ALL) or MISSING,
    ]


def _runs_on(definition: SystemDefinition, data: StudyData, name: str) -> str:
    """Its workers or threads, and the CPUs that they had."""
    given = _counted(definition.parallelism, definition.parallelism_option.removesuffix("s"))
    cpus = data.measured_cells.loc[data.measured_cells["system"] == name, "usable_cpus"].dropna()
    had = [_counted(int(count), "CPU") for count in sorted(cpus.unique())]
    return "; ".join([given, *had])


def _counted(count: int | str, kind: str) -> str:
    """Such as `2 workers`; `cores` means one for each CPU."""
    if isinstance(count, str):
        return f"a {kind} a CPU"
    return f"{count} {kind}{'' if count == 1 else 's'}"
