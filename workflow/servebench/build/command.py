"""Building a server of any language by the command `build` of its server.yaml.

The command is one of the shell, run in the server's folder. It finds in its environment:
- SERVEBENCH_PACKAGE, the folder in which it leaves what the start command starts;
- SERVEBENCH_COMPILED, the folder of the compiled model: static and shared library, and their header;
- SERVEBENCH_MODEL, the folder of the model itself;
- SERVEBENCH_CACHE, a folder in which it may keep what it likes.
"""

import os
import subprocess
from collections.abc import Mapping

from servebench.build.builder import Builder, Built
from servebench.build.failure import build_failure
from servebench.build.request import BuildRequest, Unavailable
from servebench.build.server_manifest import SERVER_YAML
from servebench.build.sources import source_files


def _build(request: BuildRequest) -> Built:
    """Run the command; the package holds what it left there."""
    command = request.manifest.build
    assert command is not None
    cache = request.cache / "command" / request.source.name
    cache.mkdir(parents=True, exist_ok=True)
    places = {
        "SERVEBENCH_PACKAGE": request.folder,
        "SERVEBENCH_COMPILED": request.compiled,
        "SERVEBENCH_MODEL": request.model,
        "SERVEBENCH_CACHE": cache,
    }
    _run(command, request, {name: str(path.resolve()) for name, path in places.items()})
    return Built(flags=[command])


def _run(command: str, request: BuildRequest, places: Mapping[str, str]) -> None:
    before = set(request.folder.iterdir())
    done = subprocess.run(
        ["sh", "-ec", command],
        cwd=request.source,
        env={**os.environ, **places},
        capture_output=True,
        text=True,
        check=False,
    )
    output = done.stdout + done.stderr
    print(f"$ {command}\n{output}", flush=True)
    if done.returncode != 0:
        last = output.strip().rpartition("\n")[2] or f"its command ended with code {done.returncode}"
        raise build_failure(output, last, request.manifest.unavailable)
    if set(request.folder.iterdir()) == before:
        raise Unavailable(
            "the build left nothing in $SERVEBENCH_PACKAGE",
            f"mend `build` in servers/{request.source.name}/{SERVER_YAML}, then `make retry`",
        )


COMMAND = Builder(start_s=0.2, source_files=source_files, build=_build)
