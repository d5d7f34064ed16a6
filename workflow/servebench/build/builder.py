"""What a builder is: one object with its files, its times and the way it builds."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from servebench.build.request import BuildRequest
from servebench.build.server_manifest import UnavailableReason


@dataclass(frozen=True)
class Built:
    """What a builder says of a package: the versions in it, the flags it was made with, and its `{python}`."""

    versions: dict[str, str] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
    python: str = sys.executable


@dataclass(frozen=True)
class Builder:
    """How the servers of one kind are packaged.

    `source_files` takes a server's folder. `build` fills the package, all but its model and its script ./run; it raises
    Unavailable where this machine cannot. `precompile` is there where something can be compiled without a model: it
    takes a server's folder, its known failures, the cache and a folder of its own. `start_s` is what a trial takes for
    the server's start, warm imports included, and its end.
    """

    start_s: float
    source_files: Callable[[Path], list[Path]]
    build: Callable[[BuildRequest], Built]
    precompile: Callable[[Path, Sequence[UnavailableReason], Path, Path], None] | None = None
