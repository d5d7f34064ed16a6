"""Building a server of any language by the command of its server.yaml, which leaves an executable in the package.

The command is one of the shell, run in the server's folder. It finds in its environment:
- SERVEBENCH_PACKAGE, the folder in which it leaves the executable `server`;
- SERVEBENCH_COMPILED, the folder of the compiled model: static and shared library, and their header;
- SERVEBENCH_MODEL, the folder of the model itself;
- SERVEBENCH_CACHE, a folder in which it may keep what it likes.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from servebench.build.builder import Builder
from servebench.build.failure import build_failure
from servebench.build.request import BuildRequest, Unavailable, write_run_script
from servebench.build.server_manifest import BuildCommand, Tool
from servebench.paths import SERVER_EXECUTABLE


def _source_files(source: Path) -> list[Path]:
    return sorted(path for path in source.rglob("*") if path.is_file())


def _build(request: BuildRequest) -> dict[str, Any]:
    """Run the command; the package holds what it left there."""
    command = request.manifest.command
    assert command is not None
    versions = {tool.name: _tool_version(tool) for tool in command.tools}
    cache = request.cache / "command" / request.source.name
    cache.mkdir(parents=True, exist_ok=True)
    places = {
        "SERVEBENCH_PACKAGE": request.folder,
        "SERVEBENCH_COMPILED": request.compiled,
        "SERVEBENCH_MODEL": request.model,
        "SERVEBENCH_CACHE": cache,
    }
    _run(command, request, {name: str(path.resolve()) for name, path in places.items()})
    write_run_script(request.folder, f'"$here/{SERVER_EXECUTABLE}"')
    return {"versions": versions, "flags": [command.build]}


def _tool_version(tool: Tool) -> str:
    if shutil.which(tool.name) is None:
        raise Unavailable(f"{tool.name} is not on the PATH", tool.remedy)
    said = subprocess.run([tool.name, *tool.version], capture_output=True, text=True, check=False)
    return (said.stdout + said.stderr).strip().partition("\n")[0]


def _run(command: BuildCommand, request: BuildRequest, places: Mapping[str, str]) -> None:
    done = subprocess.run(
        ["sh", "-ec", command.build],
        cwd=request.source,
        env={**os.environ, **places},
        capture_output=True,
        text=True,
        check=False,
    )
    output = done.stdout + done.stderr
    print(f"$ {command.build}\n{output}", flush=True)
    if done.returncode != 0:
        last = output.strip().rpartition("\n")[2] or f"its command ended with code {done.returncode}"
        raise build_failure(output, last, request.manifest.unavailable)
    if not os.access(request.folder / SERVER_EXECUTABLE, os.X_OK):
        raise Unavailable(
            f"the build left no executable '{SERVER_EXECUTABLE}' in $SERVEBENCH_PACKAGE",
            f"mend `command` in servers/{request.source.name}/server.yaml, then `make retry`",
        )


COMMAND = Builder(start_s=0.2, source_files=_source_files, build=_build)
