"""ro-crate-metadata.json: what ran, in which steps, when, and what came of it, as a Provenance Run Crate.

The profile: https://w3id.org/ro/wfrun/provenance/0.5. No identifier is drawn and no clock is read: the same study is
described by the same bytes.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from rocrate.rocrate import ROCrate

from servebench.archive.container import sha256
from servebench.archive.content import Content
from servebench.archive.crate_run import add_entity, add_run
from servebench.archive.runs import Run
from servebench.archive.stages import STAGES
from servebench.paths import HASHES, PAGE, SNAKEFILE, STUDY_CONFIG
from servebench.release import version

CRATE_VERSION = "1.1"
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/provenance/0.5": ("Provenance Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
FORMAL_PARAMETER = "https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE"
# A term of runs that RO-Crate's own context does not know.
TERMS = {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"}
LICENCE = "https://spdx.org/licenses/MIT"
FORMATS = {
    ".csv": "text/csv",
    ".html": "text/html",
    ".json": "application/json",
    ".md": "text/markdown",
    ".parquet": "application/vnd.apache.parquet",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".xz": "application/x-xz",
    ".yaml": "application/yaml",
}
PLAIN = "text/plain"


def crate_metadata(study: str, content: Content, runs: Sequence[Run], packages: Mapping[str, str]) -> bytes:
    """Describe a study by its archive's files, its trials, and the versions of the packages that made its report."""
    crate = ROCrate(version=CRATE_VERSION)
    crate.metadata.extra_terms.update(TERMS)
    _describe_root(crate, study, runs)
    for name, data in sorted(content.files.items()):
        if name != SNAKEFILE:
            crate.add_file(dest_path=name, properties=_told(name, data))
    # It holds the hash of this description: its own cannot stand here.
    crate.add_file(dest_path=HASHES, properties={"name": HASHES, "encodingFormat": PLAIN})
    workflow = _add_workflow(crate, content, packages)
    _add_parameter(crate, workflow, "input", "config", STUDY_CONFIG)
    _add_parameter(crate, workflow, "output", "page", PAGE)
    add_run(crate, workflow, content, runs, packages)
    return (json.dumps(crate.metadata.generate(), indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _describe_root(crate: Any, study: str, runs: Sequence[Run]) -> None:
    systems = ", ".join(dict.fromkeys(run.key.system for run in runs))
    root = crate.root_dataset
    root["name"] = f"servebench study {study}"
    root["description"] = f"{len(runs)} trials of {systems}: raw files, and the tables, plots and page made of them"
    # The day of measuring: that of archiving would be another one each time.
    root["datePublished"] = max(run.started_at for run in runs)[:10]
    root["license"] = add_entity(
        crate,
        LICENCE,
        "CreativeWork",
        name="MIT License",
        description="the licence of servebench and of what it makes",
    )
    root["conformsTo"] = [
        add_entity(crate, identifier, "CreativeWork", name=name, version=number)
        for identifier, (name, number) in PROFILES.items()
    ]


def _told(name: str, data: bytes) -> dict[str, str]:
    """What is told of a file."""
    kind = FORMATS.get(PurePosixPath(name).suffix, PLAIN)
    return {"name": name, "encodingFormat": kind, "contentSize": str(len(data)), "sha256": sha256(data)}


def _add_workflow(crate: Any, content: Content, packages: Mapping[str, str]) -> Any:
    """The Snakefile, with its steps and the tools that they are done by."""
    workflow = crate.add_workflow(
        dest_path=SNAKEFILE,
        main=True,
        lang="snakemake",
        lang_version=packages.get("snakemake"),
        properties={
            **_told(SNAKEFILE, content.sources[SNAKEFILE]),
            "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"],
            "name": "servebench",
            "version": version(),
        },
    )
    tools = [
        add_entity(
            crate,
            stage.tool_id,
            "SoftwareApplication",
            name=f"servebench {stage.name}",
            description=stage.does,
            version=version(),
        )
        for stage in STAGES
    ]
    workflow["hasPart"] = tools
    workflow["step"] = [
        add_entity(
            crate,
            stage.step_id,
            "HowToStep",
            name=stage.name,
            position=str(position),
            workExample={"@id": stage.tool_id},
        )
        for position, stage in enumerate(STAGES, 1)
    ]
    return workflow


def _add_parameter(crate: Any, workflow: Any, key: str, name: str, file: str) -> None:
    """What goes into the workflow, or comes out of it, and the file that it was in this run."""
    parameter = add_entity(
        crate,
        f"#parameter-{name}",
        "FormalParameter",
        name=name,
        additionalType="File",
        conformsTo={"@id": FORMAL_PARAMETER},
    )
    workflow[key] = parameter
    crate.get(file)["exampleOfWork"] = parameter
