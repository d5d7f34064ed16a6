"""The run in a crate's description: of the workflow, of its steps and their tools, each trial by itself."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from rocrate.model.contextentity import ContextEntity

from servebench.archive.content import Content
from servebench.archive.runs import Run
from servebench.archive.stages import STAGES, TRIAL, Stage
from servebench.paths import STUDY_CONFIG

COMPLETED, FAILED = "http://schema.org/CompletedActionStatus", "http://schema.org/FailedActionStatus"
SNAKEMAKE_URL = "https://snakemake.github.io"


def add_entity(crate: Any, identifier: str, kind: str, **properties: Any) -> Any:
    """Something that the description tells of and that is no file; what it refers to is an entity or its `@id`."""
    entity = ContextEntity(crate, identifier, properties={"@type": kind})
    for name, value in properties.items():
        entity[name] = value
    return crate.add(entity)


def add_run(crate: Any, workflow: Any, content: Content, runs: Sequence[Run], packages: Mapping[str, str]) -> None:
    """The workflow's run by Snakemake, who ordered which steps."""
    whole = add_entity(
        crate,
        "#run",
        "CreateAction",
        name="the run of the workflow",
        instrument=workflow,
        object=_reference(STUDY_CONFIG),
        result=_references(sorted({name for stage in STAGES for name in stage.makes(content)})),
        startTime=min(run.started_at for run in runs),
        endTime=max(run.ended_at or run.started_at for run in runs),
    )
    crate.root_dataset.append_to("mentions", whole)
    controls = [control for stage in STAGES for control in _add_stage(crate, stage, content, runs)]
    engine = add_entity(
        crate,
        "#snakemake",
        "SoftwareApplication",
        name="Snakemake",
        url=SNAKEMAKE_URL,
        version=packages.get("snakemake", "unknown"),
    )
    add_entity(
        crate,
        "#run-by-snakemake",
        "OrganizeAction",
        name="Snakemake orders the jobs",
        instrument=engine,
        object=controls,
        result=whole,
    )


def _add_stage(crate: Any, stage: Stage, content: Content, runs: Sequence[Run]) -> list[Any]:
    """The actions of a stage, each with who ordered it: the trials one by one, the others as one."""
    if stage is not TRIAL:
        return [_add_action(crate, stage, content, stage.name, {"name": f"{stage.name}: {stage.does}"})]
    return [_add_action(crate, stage, content, f"{stage.name}/{run.place}", _told(run)) for run in runs]


def _add_action(crate: Any, stage: Stage, content: Content, place: str, told: Mapping[str, str]) -> Any:
    """What the tool did; returns that its step was ordered."""
    action = add_entity(
        crate,
        f"#action-{quote(place)}",
        "CreateAction",
        instrument=_reference(stage.tool_id),
        object=_reference(STUDY_CONFIG),
        result=_references(stage.makes(content)),
        **told,
    )
    crate.root_dataset.append_to("mentions", action)
    return add_entity(
        crate,
        f"#order-{quote(place)}",
        "ControlAction",
        name=f"order of {told['name']}",
        instrument=_reference(stage.step_id),
        object=action,
    )


def _told(run: Run) -> dict[str, str]:
    """What a trial's action says of itself."""
    told = {"name": run.words, "startTime": run.started_at}
    if run.ended_at is not None:
        told["endTime"] = run.ended_at
    if run.failure is None:
        return {**told, "actionStatus": COMPLETED}
    return {**told, "actionStatus": FAILED, "error": run.failure}


def _reference(identifier: str) -> dict[str, str]:
    return {"@id": identifier}


def _references(identifiers: Sequence[str]) -> Any:
    """One of them is no list, as the format would have it."""
    references = [_reference(identifier) for identifier in identifiers]
    return references[0] if len(references) == 1 else references
