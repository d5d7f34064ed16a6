"""What is refused before anything is measured, although the config is valid by itself."""

import os
from pathlib import Path
from typing import Any

from servebench.build.server_manifest import protocol_of
from servebench.config import Config
from servebench.errors import ServebenchError, describe_os_error
from servebench.files import ensure_writable, read_json
from servebench.machine import Cpu, PlacementError, can_pin, place
from servebench.model.definition import ModelFile
from servebench.paths import MANIFEST, StudyPaths
from servebench.percentage import parse_percentage
from servebench.plan.cells import trial_keys, trial_result
from servebench.protocol.description import load_protocol
from servebench.trial.settings import TrialSettings


def refuse_unusable_folder(paths: StudyPaths) -> None:
    """Raise ServebenchError where something else stands in the place of the study's folder."""
    for folder in (paths.root.parent, paths.root):
        if folder.exists() and not folder.is_dir():
            raise ServebenchError(
                f"{folder} is a file, where the study's folder should be: move it away, "
                "or give the study another name (--config study=NAME)"
            )


def refuse_unwritable_folder(config: Config, paths: StudyPaths) -> None:
    """Raise ServebenchError where trials are still to be made and the study's folders cannot be written to.

    Without this, Snakemake would name the files that it would replace, or fail at the first trial.
    """
    if all(trial_result(paths, key).exists() for key in trial_keys(config)):
        return
    # Where the study is there already, nothing is made beside it.
    root = paths.root
    folders = [root, paths.trials(config.models[0]).parent] if root.exists() else [root.parent]
    for folder in filter(Path.exists, folders):
        try:
            ensure_writable(folder)
        except OSError as error:
            raise ServebenchError(describe_os_error(error) or f"{folder} cannot be written to: {error}") from None


def refuse_missing_files(config: Config) -> None:
    """Raise ServebenchError where a file of a model is not there or cannot be read."""
    for name, model in _model_files(config).items():
        for key, path in model.files.items():
            if not path.is_file():
                raise ServebenchError(
                    f"config: model_catalogue.{name}.{key}: no file {path}: paths begin where snakemake is called"
                )
            if not os.access(path, os.R_OK):
                raise ServebenchError(f"config: model_catalogue.{name}.{key}: {path} cannot be read: get the right to")


def refuse_mistaken_protocols(config: Config) -> None:
    """Raise ServebenchError where the description of how a system is asked has a mistake."""
    for protocol in {protocol_of(config.system_catalogue[name]): None for name in config.every_system}:
        load_protocol(protocol)


def refuse_changed_files(config: Config, paths: StudyPaths) -> None:
    """Raise ServebenchError where a model's file is another than the one that trials were made with.

    Without this, the model would be read again, and Snakemake would delete the raw files and measure them again.
    """
    if config.remeasure:
        return
    for name, model in _model_files(config).items():
        manifest = paths.model(name) / MANIFEST
        if not manifest.exists() or not any(paths.trials(name).glob("*/*/*/*/result.json")):
            continue
        known, present = read_json(manifest).get("files", {}), model.hashes
        changed = [str(path) for key, path in model.files.items() if known.get(key) != present[key]]
        if changed:
            raise ServebenchError(
                f"study '{config.study}' has trials that were measured before {changed[0]} changed: give the study "
                "another name (--config study=NAME), or measure its trials again, which replaces them "
                "(--config remeasure=true)"
            )


def _model_files(config: Config) -> dict[str, ModelFile]:
    models = {name: config.model_catalogue[name] for name in config.models}
    return {name: model for name, model in models.items() if isinstance(model, ModelFile)}


def refuse_changed_settings(config: Config, paths: StudyPaths) -> None:
    """Raise ServebenchError where a trial was measured with other settings than the config now has.

    Without this, Snakemake would delete the raw files and measure them again.
    """
    if config.remeasure:
        return
    for key in trial_keys(config):
        path = trial_result(paths, key)
        if not path.exists():
            continue
        wanted = TrialSettings.of(config, key).as_params()
        found = _settings(path)
        changed = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
        if changed:
            name = changed[0]
            raise ServebenchError(
                f"study '{config.study}' has trials that were measured with {name}={found.get(name)}, the config now "
                f"says {wanted.get(name)}: give the study another name (--config study=NAME), or measure its "
                "trials again, which replaces them (--config remeasure=true)"
            )


def refuse_finer_precision(config: Config, paths: StudyPaths) -> None:
    """Raise ServebenchError where trials were not needed for a precision that is not the wished one any more.

    They are there, so that Snakemake would not make them; and to go on once the widths were seen is another study.
    """
    for key in trial_keys(config):
        path = trial_result(paths, key)
        look = _record(path).get("look") if path.exists() else None
        if isinstance(look, dict) and not _is_enough(float(look["precision"]), config):
            raise ServebenchError(
                f"study '{config.study}' has stopped after {look['blocks']} blocks, at a precision of "
                f"{float(look['precision']) * 100:g}%, the config now says {config.precision or 'repeats'}: give the "
                "study another name (--config study=NAME)"
            )


def _is_enough(reached: float, config: Config) -> bool:
    return config.precision is not None and reached <= parse_percentage(config.precision)


def _settings(path: Path) -> dict[str, object]:
    return dict(_record(path)["settings"])


def _record(path: Path) -> dict[str, Any]:
    # While its tables are there, a study lacks nothing.
    remedy = f"delete {path.parent} and the tables, and run again, which measures this trial anew"
    record = read_json(path, remedy)
    if not isinstance(record, dict) or not isinstance(record.get("settings"), dict):
        raise ServebenchError(f"{path} is no record of a trial: {remedy}")
    return record


def refuse_impossible_cores(config: Config, paths: StudyPaths, cpus: list[Cpu]) -> None:
    """Raise ServebenchError where trials are still to be made and `server_cores` does not fit the machine.

    A system's own `cores` are another matter: what does not fit is listed as not measured.
    """
    depends = any(config.system_catalogue[name].cores is None for name in config.every_system)
    if config.server_cores is None or not depends:
        return
    if all(trial_result(paths, key).exists() for key in trial_keys(config)):
        return
    try:
        place(cpus, config.server_cores, config.placement == "shared", can_pin())
    except PlacementError as error:
        raise ServebenchError(
            f"config: server_cores: {error}: give fewer, or leave it empty for a third of the machine"
        ) from None
