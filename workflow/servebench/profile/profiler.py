"""What a sampling profiler is asked, and which one fits a server."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from servebench.profile import perf, py_spy
from servebench.profile.stacks import Stacks
from servebench.words import ProfilerKind

PYTHON = "python"


@dataclass(frozen=True)
class Profiler:
    """How one is found, started and read.

    `find` gives the program and its version, or raises ServebenchError with the remedy; `command` samples the
    processes of a server, its first one first, into a file, until it is interrupted; `read` gives the file's stacks.
    `denied` are the words with which it says that it may not look, `remedy` is what is to be done then; `note` says
    what it does not tell apart. One that `stops_server` for each look runs on the server's CPUs: they are free then,
    and nobody makes it wait there while the server stands.
    """

    kind: ProfilerKind
    find: Callable[[], tuple[str, str]]
    command: Callable[[str, Sequence[int], Path], list[str]]
    read: Callable[[str, Path], Stacks]
    denied: Sequence[str]
    remedy: str
    note: str
    stops_server: bool


PROFILERS = {
    kind: Profiler(
        kind, module.find, module.command, module.read, module.DENIED, module.REMEDY, module.NOTE, module.STOPS_SERVER
    )
    for kind, module in ((ProfilerKind.PY_SPY, py_spy), (ProfilerKind.PERF, perf))
}


def profiler_of(language: str) -> Profiler:
    """The profiler for a server that is written in a language, as its server.yaml says."""
    return PROFILERS[ProfilerKind.PY_SPY if language.casefold() == PYTHON else ProfilerKind.PERF]
