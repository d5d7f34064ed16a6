"""An endpoint as a user has one: a small server that somebody else started, and that lives on."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from servebench.build.server_manifest import protocol_of
from servebench.build.system import build_system
from servebench.compiled.library import SHARED_LIBRARY
from servebench.config import parse_system
from servebench.trial.request import TrialRequest
from servebench.trial.server import HOST, free_port

from support.packages import FAULT_SERVER, make_wire, trial_request

INFERENCE_SERVER = Path(__file__).with_name("inference_server.py")
READY_S = 20.0
PREFIX = "/v1"


@dataclass(frozen=True)
class Endpoint:
    """A server that answers at `url`."""

    process: "subprocess.Popen[bytes]"
    url: str


@contextmanager
def running_endpoint(model: Path, fault: str = "none", certificate: Path | None = None) -> Iterator[Endpoint]:
    """One of our own protocol, below a prefix, and behind https where it has a certificate."""
    port = free_port()
    options = ["--host", HOST, "--port", str(port), "--model", str(model), "--prefix", PREFIX]
    options += [] if certificate is None else ["--certificate", str(certificate)]
    scheme = "http" if certificate is None else "https"
    with _running([str(FAULT_SERVER), fault, *options], port, {}) as process:
        yield Endpoint(process, f"{scheme}://{HOST}:{port}{PREFIX}")


@contextmanager
def running_inference_endpoint(model: Path) -> Iterator[Endpoint]:
    """One of the open inference protocol, which answers by a model's compiled code."""
    port = free_port()
    environment = {"LIBRARY": str(model / "compiled" / SHARED_LIBRARY), "WRONG": "0:0"}
    with _running([str(INFERENCE_SERVER), f"{HOST}:{port}"], port, environment) as process:
        yield Endpoint(process, f"http://{HOST}:{port}")


@contextmanager
def _running(command: Sequence[str], port: int, environment: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen([sys.executable, *command], env={**os.environ, **environment})
    try:
        deadline = time.monotonic() + READY_S
        while not _listens(port) and time.monotonic() < deadline:
            time.sleep(0.02)
        yield process
    finally:
        process.kill()
        process.wait()


def _listens(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), 1.0).close()
    except OSError:
        return False
    return True


def endpoint_package(definition: dict[str, Any], model: Path, folder: Path) -> dict[str, Any]:
    """Its package, which is no more than a manifest."""
    return build_system("mine", parse_system(definition), model, model / "compiled", folder, folder.parent)


def endpoint_request(definition: dict[str, Any], model: Path, folder: Path, **changes: Any) -> TrialRequest:
    """A short trial of it."""
    endpoint_package(definition, model, folder / "package")
    request = trial_request(folder / "package", model, folder / "trials", **changes)
    system = parse_system(definition)
    return replace(
        request,
        key=request.key.model_copy(update={"system": "mine"}),
        settings=request.settings.model_copy(update={"system": system}),
        wire=make_wire(model, protocol_of(system), request.load_point.rows),
    )
