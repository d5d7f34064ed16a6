"""provenance.json: what produced the study."""

import sys
from dataclasses import asdict
from importlib.metadata import distributions
from typing import Any

from servebench.files import read_json, sha256_file, write_json
from servebench.paths import HASHES, MANIFEST, RESULT, StudyPaths
from servebench.report.data import StudyData, load_study
from servebench.trial.record import read_record


def write_provenance(paths: StudyPaths) -> None:
    """Collect configuration, the machine of the trials, versions, builds and the hashes of the tables.

    `python` and `packages` are those that made the report.
    """
    data = load_study(paths)
    config, trials = data.config, data.trials
    measured_on = read_record(data.trial_folder(trials.iloc[0]) / RESULT).machine
    value: dict[str, Any] = {
        "study": config.study,
        "config": config.model_dump(mode="json"),
        "campaigns": sorted(trials["campaign"].unique()),
        "machine": asdict(measured_on),
        **_nodes(data),
        "python": sys.version.split()[0],
        "packages": installed_packages(),
        "models": {name: read_json(paths.model(name) / MANIFEST) for name in config.models},
        "builds": {
            f"{model}/{system}": read_json(paths.build(model, system) / MANIFEST)
            for model in config.models
            for system in config.every_system
            if (paths.build(model, system) / MANIFEST).exists()
        },
        "sha256": {path.name: sha256_file(path) for path in sorted(paths.tables.iterdir()) if path.name != HASHES},
    }
    write_json(paths.provenance, value)


def installed_packages() -> dict[str, str]:
    """The packages of this environment, by name, with their versions."""
    return {d.metadata["Name"]: d.version for d in sorted(distributions(), key=lambda d: d.metadata["Name"])}


def _nodes(data: StudyData) -> dict[str, Any]:
    """What each node of a cluster is that made trials; nothing where no cluster placed them."""
    placed = data.trials[data.trials["node"] != ""].drop_duplicates("node").sort_values("node")
    machines = [read_record(data.trial_folder(row) / RESULT).machine for _, row in placed.iterrows()]
    return {"nodes": {str(machine.node): asdict(machine) for machine in machines}} if machines else {}
