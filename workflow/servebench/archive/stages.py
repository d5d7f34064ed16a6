"""The stages of the workflow as an archive names them: the steps of a run, and the tools that they are done by."""

from collections.abc import Callable
from dataclasses import dataclass

from servebench.archive.content import Content
from servebench.paths import RAW


def _raw(_: Content) -> list[str]:
    return [RAW]


@dataclass(frozen=True)
class Stage:
    """A stage: what it does, and in which of an archive's files stands what it made."""

    name: str
    does: str
    makes: Callable[[Content], list[str]] = _raw

    @property
    def step_id(self) -> str:
        """How the step is named in a crate."""
        return f"#step-{self.name}"

    @property
    def tool_id(self) -> str:
        """How the tool is named in a crate."""
        return f"#tool-{self.name}"


TRIAL = Stage("trial", "starts a system, warms it up, and measures one window under load")
STAGES = (
    Stage("model", "trains or reads the models, and draws payloads and golden answers"),
    Stage("build", "makes of each server a package that runs by itself"),
    Stage("check", "holds each package against the contract and the golden answers"),
    Stage("calibrate", "measures the load generators and the meter"),
    TRIAL,
    Stage("analyse", "makes tables of the raw trials and judges each figure", lambda content: content.tables),
    Stage("report", "draws the plots and writes summary, page and provenance", lambda content: content.report),
)
