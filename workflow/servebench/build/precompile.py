"""Compiling what needs no model while the models are still trained; the builds then only link."""

import tempfile
from pathlib import Path
from typing import Any

from servebench.build.builders import BUILDERS
from servebench.build.request import Unavailable
from servebench.build.server_manifest import load_server_manifest
from servebench.calibrate import servers as calibration
from servebench.config import Config
from servebench.endpoint import EndpointDefinition
from servebench.files import write_json
from servebench.paths import SERVERS
from servebench.words import BuildStatus

# The calibration's programs, beside the servers' names.
CALIBRATION = calibration.PROJECT.name


def precompiled_server(config: Config, system: str) -> str | None:
    """The server of a system whose builder compiles it beforehand, else None."""
    definition = config.system_catalogue[system]
    if isinstance(definition, EndpointDefinition):
        return None
    server = definition.server
    return server if BUILDERS[load_server_manifest(server).builder].precompile is not None else None


def precompiled_files(name: str) -> list[Path]:
    """What is compiled beforehand under a name."""
    if name == CALIBRATION:
        return calibration.PROJECT.source_files()
    return BUILDERS[load_server_manifest(name).builder].source_files(SERVERS / name)


def precompile(name: str, cache: Path, output: Path) -> dict[str, Any]:
    """Compile a server or the calibration's programs into the cache; writes and returns what became of it.

    One that cannot be compiled is no failure: its build will say so, with the reason and the remedy.
    """
    outcome: dict[str, Any] = {"status": BuildStatus.BUILT}
    with tempfile.TemporaryDirectory() as scratch:
        try:
            _compile(name, cache, Path(scratch))
        except Unavailable as reason:
            outcome = {"status": BuildStatus.UNAVAILABLE, "reason": reason.reason}
    write_json(output, outcome)
    return outcome


def _compile(name: str, cache: Path, scratch: Path) -> None:
    if name == CALIBRATION:
        for program in calibration.PROGRAMS:
            calibration.build_program(program, scratch, cache)
        return
    manifest = load_server_manifest(name)
    compile_beforehand = BUILDERS[manifest.builder].precompile
    assert compile_beforehand is not None
    compile_beforehand(SERVERS / name, manifest.unavailable, cache, scratch)
