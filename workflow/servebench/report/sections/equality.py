"""What the measured systems are, side by side: whoever compares them sees what else differs."""

from pydantic import BaseModel

from servebench.config import SystemDefinition
from servebench.paths import MANIFEST
from servebench.protocol.description import SERVEBENCH
from servebench.report.data import StudyData
from servebench.report.format import MISSING, markdown_table
from servebench.report.stage_file import read_stage_file

HEADER = ["system", "server", "asks the model by", "runs on", "protocol", "flags", "versions"]
# What every program of a study shares, and no system is told apart by.
OF_ALL = frozenset({"python", "numpy"})


class _Build(BaseModel):
    """What the report says of a build's manifest; those of before name no protocol, and an endpoint has no flags."""

    definition: SystemDefinition
    title: str = ""
    protocol: str = SERVEBENCH
    versions: dict[str, str] = {}
    flags: list[str] = []


def equality(data: StudyData) -> str:
    """A row a system that was built and measured; empty where no build is kept."""
    builds = {name: build for name in data.systems if (build := _build(data, name)) is not None}
    if not builds:
        return ""
    table = markdown_table(HEADER, [_row(name, build, data) for name, build in builds.items()])
    return (
        "## What was compared\n\nAll load the same model and answer the same golden requests, pinned to the same CPUs; "
        f"this is what they differ in, beside the deviations below.\n\n{table}"
    )


def _build(data: StudyData, system: str) -> _Build | None:
    """That of the first model for which there is one."""
    if not isinstance(data.config.system_catalogue.get(system), SystemDefinition):
        return None
    paths = [data.paths.build(model, system) / MANIFEST for model in data.config.models]
    return next((read_stage_file(path, _Build) for path in paths if path.exists()), None)


def _row(name: str, build: _Build, data: StudyData) -> list[str]:
    return [
        f"`{name}`",
        build.title or build.definition.server,
        str(build.definition.inference),
        _runs_on(build.definition, data, name),
        build.protocol,
        " ".join(build.flags) or MISSING,
        ", ".join(f"{part} {version}" for part, version in build.versions.items() if part not in OF_ALL) or MISSING,
    ]


def _runs_on(definition: SystemDefinition, data: StudyData, name: str) -> str:
    """Its workers or threads, and the CPUs that they had."""
    counts = {"worker": definition.workers, "thread": definition.threads}
    given = [_counted(count, kind) for kind, count in counts.items() if count is not None]
    cpus = data.measured_cells.loc[data.measured_cells["system"] == name, "usable_cpus"].dropna()
    had = [_counted(int(count), "CPU") for count in sorted(cpus.unique())]
    return "; ".join([*given, *had]) or MISSING


def _counted(count: int | str, kind: str) -> str:
    """Such as `2 workers`; `cores` means one for each CPU."""
    if isinstance(count, str):
        return f"a {kind} a CPU"
    return f"{count} {kind}{'' if count == 1 else 's'}"
