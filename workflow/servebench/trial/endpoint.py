"""An endpoint in a trial: met as it runs, watched as far as something meters it, and left as it was."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from servebench.address import Address
from servebench.build.request import Unavailable
from servebench.build.server_manifest import HEALTH_PATH
from servebench.endpoint import EndpointDefinition
from servebench.errors import ServebenchError
from servebench.protocol.description import load_protocol
from servebench.trial.ask import NO_ANSWER, ask
from servebench.trial.container import FILES, ContainerMeter
from servebench.trial.meters import Meter, NoMeter, ProcessMeter
from servebench.trial.server import said_health
from servebench.trial.tree import tree_of

REACH_S = 5.0


@dataclass(frozen=True)
class Metered:
    """What an endpoint is metered by; `is_same` tells whether that is still what it was at first."""

    meter: Meter
    is_same: Callable[[], bool]


@dataclass(frozen=True)
class RunningEndpoint:
    """An endpoint that answers; `health` is what it said of itself, if it said a JSON object."""

    definition: EndpointDefinition
    health: dict[str, Any]
    metered: Metered

    @property
    def address(self) -> Address:
        """Where it answers."""
        return self.definition.address

    @property
    def meter(self) -> Meter:
        """What it is metered by."""
        return self.metered.meter

    @property
    def ending(self) -> str:
        """How its meter was lost, as a clause."""
        return f"{self.definition.meter}, by which it is metered, ended or was started anew"

    def is_alive(self) -> bool:
        """Whether its meter is still its own; True where nothing meters it."""
        return self.metered.is_same()


@dataclass(frozen=True)
class StandingEndpoint:
    """An endpoint that was not asked yet."""

    system: str
    definition: EndpointDefinition

    @property
    def address(self) -> Address:
        """Where it answers."""
        return self.definition.address

    def await_health(self) -> RunningEndpoint:
        """Meet it; raises ServebenchError where nobody answers, or its meter is not there."""
        try:
            return meet(self.definition)
        except Unavailable as reason:
            raise ServebenchError(f"system {self.system}: {reason.reason}: {reason.remedy}, and run again") from None


def meet(definition: EndpointDefinition) -> RunningEndpoint:
    """Ask an endpoint for its health, which it need not have, and find its meter; raises Unavailable without either."""
    return RunningEndpoint(definition, _reach(definition), _metered(definition))


def _reach(definition: EndpointDefinition) -> dict[str, Any]:
    """What it says of itself; any answer is one."""
    address = definition.address
    path = load_protocol(definition.protocol).health or HEALTH_PATH
    try:
        status, body, _ = ask(address, "GET", path, timeout_s=REACH_S)
    except NO_ANSWER as error:
        why = " ".join(str(getattr(error, "strerror", None) or error).split()) or type(error).__name__
        raise Unavailable(f"{address.url} does not answer: {why}", "start it, or mend its url") from None
    return said_health(body) if status == 200 else {}


def _metered(definition: EndpointDefinition) -> Metered:
    if definition.pid is not None:
        return _by_process(definition.pid)
    if definition.container is not None:
        return _by_container(Path(definition.container))
    return Metered(NoMeter(), lambda: True)


def _by_process(pid: int) -> Metered:
    try:
        process = psutil.Process(pid)
    except psutil.NoSuchProcess:
        raise Unavailable(f"there is no process {pid}, which is to meter it", "give the pid that it has now") from None
    if os.getpid() in tree_of(pid):
        raise Unavailable(f"process {pid}, which is to meter it, has the benchmark below it", "give the server's own")

    def is_same() -> bool:
        try:
            return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    return Metered(ProcessMeter(pid), is_same)


def _by_container(folder: Path) -> Metered:
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        remedy = "give the folder of a cgroup of version 2 that has the controllers cpu and memory"
        raise Unavailable(f"{folder}, which is to meter it, has no {missing[0]}", remedy)
    # A container that is started anew has a new group, also under the same name.
    first = folder.stat().st_ino

    def is_same() -> bool:
        try:
            return folder.stat().st_ino == first
        except OSError:
            return False

    return Metered(ContainerMeter(folder), is_same)
