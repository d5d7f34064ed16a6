"""The programs that a server needs on the PATH, and what is asked of them and of a package: their versions."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from servebench.build.request import Unavailable
from servebench.build.server_manifest import Tool
from servebench.texts import visible


def tool_versions(tools: Sequence[Tool]) -> dict[str, str]:
    """What the tools say of themselves; raises Unavailable, with the remedy, where one is not there."""
    return {tool.name: _tool_version(tool) for tool in tools}


def _tool_version(tool: Tool) -> str:
    if shutil.which(tool.name) is None:
        raise Unavailable(f"{tool.name} is not on the PATH", tool.remedy)
    return _first_line(subprocess.run([tool.name, *tool.version], capture_output=True, text=True, check=False))


def said_version(command: str, folder: Path) -> str:
    """The first line of a package's version command; raises Unavailable where it fails."""
    done = subprocess.run(["sh", "-ec", command], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Unavailable(
            f"its `version` command ended with code {done.returncode}: {_first_line(done)}",
            "mend `version` in its server.yaml, then `make retry`",
        )
    return _first_line(done)


def _first_line(done: subprocess.CompletedProcess[str]) -> str:
    return visible((done.stdout + done.stderr).strip().partition("\n")[0], 300)
