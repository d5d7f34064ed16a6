"""The package of an endpoint: nothing is built, and its manifest says where it answers, or that it does not."""

import shutil
from pathlib import Path
from typing import Any

from servebench.build.request import Unavailable
from servebench.endpoint import EndpointDefinition
from servebench.files import read_json, write_json
from servebench.hashes import write_hashes
from servebench.paths import MANIFEST, MODEL
from servebench.trial.endpoint import meet
from servebench.words import BuildStatus, Contract

RETRY = "then build the study again (make retry)"


def describe_endpoint(name: str, endpoint: EndpointDefinition, model: Path, folder: Path) -> dict[str, Any]:
    """Write and return manifest.json, whose status is `built`, or `unavailable` where nobody answers."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    manifest: dict[str, Any] = {
        "system": name,
        "definition": endpoint.model_dump(mode="json"),
        "url": endpoint.url,
        "contract": Contract.MINIMAL,
        "protocol": endpoint.protocol,
        "rows": endpoint.rows,
        "deviations": [deviation(endpoint)],
        "model_hash": read_json(model / MANIFEST)["sha256"][MODEL],
    }
    try:
        met = meet(endpoint)
        manifest |= {"status": BuildStatus.BUILT, "health": met.health, "versions": {}}
    except Unavailable as reason:
        manifest |= {**reason.manifest, "remedy": f"{reason.remedy}, {RETRY}"}
    write_json(folder / MANIFEST, manifest)
    write_hashes(folder, [MANIFEST])
    return manifest


def deviation(endpoint: EndpointDefinition) -> str:
    """In what an endpoint differs from a system that is started here."""
    memory = "; its resident memory is what its cgroup is charged for, files included" if endpoint.container else ""
    return (
        f"runs already at {endpoint.url}: never started anew, so that each trial meets it warm; not pinned; its "
        f"workers and versions are unknown; {endpoint.metered}{memory}"
    )
