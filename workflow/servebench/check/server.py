"""`make check-server`: builds a server's systems and holds them against the contract, without a study."""

import contextlib
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from servebench.build.declared import systems_of_server
from servebench.build.server_manifest import SERVER_YAML, ServerManifest, fitting_manifest, load_server_manifest
from servebench.build.system import build_system
from servebench.check.examination import Examination, examine
from servebench.check.told import summary, tell_case, tell_rest
from servebench.compiled.compile import compile_model
from servebench.compiled.library import HEADER
from servebench.config import Config, SystemDefinition
from servebench.config_words import suggest
from servebench.errors import ServebenchError
from servebench.files import read_json, sha256_parts
from servebench.model.make import make_model
from servebench.onnx.convert import convert_model
from servebench.paths import MANIFEST, asked_folder, onnx_folder
from servebench.protocol.render import render
from servebench.protocol.wire import Wire
from servebench.words import BuildStatus, Contract, Inference


def check_server(name: str, model: str, config: Config, cache: Path) -> None:
    """Print each case of each system of a server; raises ServebenchError where one would not be measured.

    What is made stays below `cache`, with its logs.
    """
    manifest = load_server_manifest(name)
    systems = _systems(name, config)
    for system, definition in systems.items():
        fitting_manifest(system, definition)
    trained = ready_model(model, systems.values(), config, cache)
    found = {
        system: _examined(system, definition, trained, cache / "check" / system, config.start_timeout_s, cache)
        for system, definition in systems.items()
    }
    absent = [system for system, examination in found.items() if examination is None]
    failed = [system for system, examination in found.items() if examination is not None and examination.failures]
    if failed:
        words = _remedy(name, manifest, [found[system] for system in failed])
        raise ServebenchError(f"{', '.join(failed)} would not be measured: {words}")
    if absent:
        raise ServebenchError(f"{', '.join(absent)} cannot be built here: the remedy stands above")


def _remedy(name: str, manifest: ServerManifest, failed: Sequence[Examination | None]) -> str:
    if all(found is not None and found.failures == found.imprecise for found in failed):
        return "the model is another one in float32, whichever server asks it: check it with another MODEL"
    if manifest.contract is Contract.MINIMAL:
        return f"mend servers/{name}"
    yaml = f"the cases in its {SERVER_YAML} with a deviation each, or make its contract `minimal`"
    return f"mend servers/{name}, excuse {yaml}"


def _systems(name: str, config: Config) -> Mapping[str, SystemDefinition]:
    """The config's systems of a server and those that it declares itself."""
    configured = {
        key: value
        for key, value in config.system_catalogue.items()
        if isinstance(value, SystemDefinition) and value.server == name
    }
    found = {**systems_of_server(name), **configured}
    if not found:
        line = f"{name}: {{inference: .., workers: cores}}"
        raise ServebenchError(f"servers/{name}/{SERVER_YAML} declares no system: write `systems: {{{line}}}` there")
    return found


def ready_model(name: str, systems: Iterable[SystemDefinition], config: Config, cache: Path) -> Path:
    """A model of the catalogue with all that these systems ask, kept from the last call."""
    trained = _trained(name, config, cache)
    if any(system.inference is Inference.ONNX for system in systems):
        _ensure_converted(trained, config.numeric_threads)
    return trained


def _trained(name: str, config: Config, cache: Path) -> Path:
    """A model of the catalogue with its compiled code, kept from the last call."""
    if name not in config.model_catalogue:
        raise ServebenchError(f"unknown model '{name}'{suggest(name, config.model_catalogue)}")
    definition = config.model_catalogue[name]
    # The servers of today do not link with a library of before.
    key = sha256_parts([definition.model_dump_json(), config.decimals, str(config.seed), HEADER.read_bytes()])
    folder = cache / "models" / f"{name}-{key[:16]}"
    if not (folder / "compiled" / MANIFEST).exists():
        print(f"training and compiling {name}", flush=True)
        make_model(definition.model_dump(mode="json"), config.decimals, config.seed, folder)
        compile_model(folder, folder / "compiled", cache)
    return folder


def _ensure_converted(model: Path, threads: int) -> None:
    """The same model as ONNX, kept likewise."""
    manifest = onnx_folder(model) / MANIFEST
    if not manifest.exists() or read_json(manifest).get("threads") != threads:
        convert_model(model, onnx_folder(model), threads)


def _examined(
    system: str, definition: SystemDefinition, model: Path, folder: Path, start_timeout_s: float, cache: Path
) -> Examination | None:
    """Build and examine one system, and print what came out; None where it cannot be built."""
    started_s = time.monotonic()
    package, log = folder / "package", folder / "build.log"
    folder.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as stream, contextlib.redirect_stdout(stream):
        built = build_system(system, definition, model, model / "compiled", package, cache)
    if built["status"] != BuildStatus.BUILT:
        print(f"{system}: not available: {built['reason']}; {built['remedy']} (its log: {log})", flush=True)
        return None
    print(f"{system}: built in {time.monotonic() - started_s:.1f} s: {package}/run --port 8000", flush=True)
    asked = asked_folder(model, definition.inference)
    reason = render(asked, built["protocol"], 1, folder / "wire")
    if reason is not None:
        print(f"{system}: not available: {reason}", flush=True)
        return None
    found = examine(package, asked, start_timeout_s, folder / "server.log", Wire.read(folder / "wire"), tell_case)
    tell_rest(found, folder / "not_promised.log")
    print(summary(system, found), flush=True)
    return found
