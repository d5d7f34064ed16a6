"""Real models and packages for the tests, built once a session."""

import shlex
import shutil
import sys
from functools import cache
from pathlib import Path

from servebench.build.declared import declared_systems
from servebench.build.system import build_system
from servebench.compiled.compile import compile_model
from servebench.config import Config, SystemDefinition, load_config
from servebench.files import read_json, write_json
from servebench.generator.build import build_generator
from servebench.load_point import parse_load_point
from servebench.model.train import train
from servebench.onnx.convert import convert_model
from servebench.paths import CACHE, MANIFEST, REPOSITORY, onnx_folder
from servebench.protocol.description import SERVEBENCH
from servebench.protocol.render import render
from servebench.trial.key import TrialKey
from servebench.trial.request import TrialRequest
from servebench.trial.settings import TrialSettings
from servebench.words import Inference

FAULT_SERVER = Path(__file__).with_name("fault_server.py")


@cache
def _default() -> Config:
    return load_config(REPOSITORY / "config" / "config.yaml")


def default_config(**changes: object) -> Config:
    """The default configuration with changes."""
    return Config.model_validate({**_default().model_dump(), **changes})


def system_definitions() -> dict[str, SystemDefinition]:
    """The systems of the config's catalogue and those that the servers declare themselves."""
    return {**declared_systems(), **default_config().system_catalogue}


def make_model(name: str, folder: Path, is_compiled: bool = True) -> Path:
    """Train a catalogue model into `folder`, and compile it."""
    config = default_config()
    train(config.model_catalogue[name], config.decimals, config.seed, folder)
    if is_compiled:
        compile_model(folder, folder / "compiled", CACHE)
    return folder


def build_package(system: str, model: Path, folder: Path, cache: Path = CACHE) -> dict[str, object]:
    """Build a catalogue system; returns its manifest."""
    definition = system_definitions()[system]
    if definition.inference is Inference.ONNX and not (onnx_folder(model) / MANIFEST).exists():
        convert_model(model, onnx_folder(model), 1)
    return build_system(system, definition, model, model / "compiled", folder, cache)


def make_package(system: str, model: Path, folder: Path) -> dict[str, object]:
    """Copy the package of a catalogue system, which is built once for a session's model; returns its manifest."""
    package = model.with_name(f"{model.name}-packages") / system
    if not (package / MANIFEST).exists():
        build_package(system, model, package)
    shutil.copytree(package, folder)
    return read_json(folder / MANIFEST)


def make_fault_package(fault: str, model: Path, folder: Path) -> Path:
    """A package whose server has a fault."""
    folder.mkdir(parents=True)
    run = folder / "run"
    command = [sys.executable, str(FAULT_SERVER), fault, "--model", str(model.resolve())]
    run.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n')
    run.chmod(0o755)
    definition = {"server": "fastapi", "inference": "sklearn", "workers": 1, "threads": None, "cores": None}
    write_json(
        folder / "manifest.json",
        {"status": "built", "system": "fault", "definition": definition, "model_hash": "x", "versions": {}},
    )
    return folder


def make_wire(model: Path, protocol: str = SERVEBENCH, rows: int = 1) -> Path:
    """What a protocol sends of a model, rendered once a session's model."""
    folder = model.with_name(f"{model.name}-wire") / f"{protocol}-{rows}"
    if not (folder / MANIFEST).exists():
        render(model, protocol, rows, folder)
    return folder


def trial_request(
    package: Path,
    model: Path,
    folder: Path,
    users: int = 2,
    rate: int | None = None,
    generator: str = "locust",
    load_point: str | None = None,
    system: str = "fastapi",
    **changes: object,
) -> TrialRequest:
    """A short trial of a package at its place in a study's folder."""
    config = default_config(**{"warmup_s": 0.2, "duration_s": 1.0, **changes})
    point = load_point or (f"users-{users}" if rate is None else f"rate-{rate}")
    key = TrialKey(model="cancer-logistic", system=system, generator=generator, load_point=point, repeat=1)
    build_generator(generator, config.generator_catalogue[generator], package.parent / "generator", CACHE)
    return TrialRequest(
        study="test",
        campaign="test",
        key=key,
        settings=TrialSettings.of(config, key),
        package=package,
        generator_folder=package.parent / "generator",
        wire=make_wire(model, rows=parse_load_point(point).rows),
        folder=folder / "1",
        failed_logs=folder / "failed",
    )
