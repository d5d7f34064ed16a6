"""py-spy samples Python servers from outside, with their worker processes; its raw format is one line a stack."""

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from servebench.build.toolchain import environment_tool
from servebench.errors import ServebenchError
from servebench.profile.stacks import Frame, Stacks

PROGRAM = "py-spy"
# It stops the server for each look, for up to a millisecond where the stack is deep.
STOPS_SERVER = True
SAMPLES_PER_S = 100
DENIED = ("permission denied", "operation not permitted", "requires root")
REMEDY = (
    "run as root, or let users look into their own processes (`sudo sysctl kernel.yama.ptrace_scope=0`; "
    "in a container: the capability SYS_PTRACE)"
)
NOTE = "what C code uses counts for the Python function that called it"
# Such as `Server.run (uvicorn/server.py:85)`; the command line of a process stands before its stacks.
_FRAME = re.compile(r"(?P<function>.+) \((?P<place>[^()]+)\)")
_PROCESS = re.compile(r"process \d+:")


def find() -> tuple[str, str]:
    """The program and its version; raises ServebenchError where it is not there."""
    program = shutil.which(environment_tool(PROGRAM))
    if program is None:
        raise ServebenchError(
            f"{PROGRAM} is neither beside this Python nor on the PATH: "
            f"install it (`pip install {PROGRAM}`), then `make profile` again"
        )
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return program, said.stdout.strip().removeprefix(PROGRAM).strip()


def command(program: str, pids: Sequence[int], output: Path) -> list[str]:
    """Sample the first process and its children, until it is interrupted."""
    return [
        *(program, "record", "--subprocesses", "--function", "--format", "raw", "--rate", str(SAMPLES_PER_S)),
        *("--output", str(output), "--pid", str(pids[0])),
    ]


def read(_program: str, output: Path) -> Stacks:
    """The stacks that it wrote; none where it saw nothing run."""
    return parse_raw(output.read_text(encoding="utf-8")) if output.exists() else Counter()


def parse_raw(text: str) -> Stacks:
    """One line a stack, its functions between semicolons, the outermost first, and how often it was seen."""
    stacks: Stacks = Counter()
    for line in text.splitlines():
        functions, _, count = line.rpartition(" ")
        matches = [_FRAME.fullmatch(part) for part in functions.split(";") if not _PROCESS.match(part)]
        stack = tuple(Frame(found["function"], found["place"]) for found in matches if found is not None)
        if stack:
            stacks[stack] += int(count)
    return stacks
