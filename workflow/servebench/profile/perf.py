"""perf samples native servers, and the kernel's work for them where it may; its script prints one block a sample."""

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from servebench.errors import ServebenchError
from servebench.profile.stacks import UNKNOWN, Frame, Stacks

PROGRAM = "perf"
STOPS_SERVER = False
# No multiple of the kernel's own ticks.
SAMPLES_PER_S = 199
DENIED = ("permission", "not permitted", "perf_event_paranoid")
REMEDY = (
    "run as root, or let users sample their own processes (`sudo sysctl kernel.perf_event_paranoid=1`; "
    "in a container: the capability PERFMON)"
)
NOTE = "what the compiler inlined counts for the function that it stands in"
# Optimised programs keep no frame pointers: so much of the stack, the most that perf takes, is copied with each sample
# and unwound afterwards. A server with a large buffer on its stack shows no callers below that.
STACK_BYTES = 65528
_FRAME = re.compile(r"\s*[0-9a-f]+ (?P<function>.+) \((?P<place>[^()]*(?: \(deleted\))?)\)")


def find() -> tuple[str, str]:
    """The program and its version; raises ServebenchError where it is not there."""
    program = shutil.which(PROGRAM)
    if program is None:
        raise ServebenchError(
            f"{PROGRAM} is not on the PATH: install it (Linux only; Debian: apt install linux-perf), "
            "then `make profile` again"
        )
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    if said.returncode != 0:
        raise ServebenchError(f"{program} does not run: install the one of this kernel, then `make profile` again")
    return program, said.stdout.strip().removeprefix("perf version").strip()


def command(program: str, pids: Sequence[int], output: Path) -> list[str]:
    """Sample the processes, with all their threads, until it is interrupted."""
    return [
        *(program, "record", "--quiet", "--freq", str(SAMPLES_PER_S), "--call-graph", f"dwarf,{STACK_BYTES}"),
        *("--output", str(output), "--pid", ",".join(map(str, pids))),
    ]


def read(program: str, output: Path) -> Stacks:
    """Unwind the stacks that it wrote; none where it saw nothing run."""
    if not output.exists():
        return Counter()
    asked = [program, "script", "--input", str(output), "--no-inline", "--fields", "ip,sym,dso"]
    done = subprocess.run(asked, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode != 0:
        raise ServebenchError(f"perf cannot read what it recorded: {done.stderr.strip()[-300:]}")
    return parse_script(done.stdout)


def parse_script(text: str) -> Stacks:
    """One block a sample, a line a function, the one that ran first."""
    stacks: Stacks = Counter()
    for block in re.split(r"\n\s*\n", text):
        matches = [_FRAME.fullmatch(line) for line in block.splitlines()]
        frames = [Frame(found["function"], _program(found["place"])) for found in matches if found is not None]
        if frames:
            stacks[tuple(reversed(frames))] += 1
    return stacks


def _program(path: str) -> str:
    """The name of a program or library; the kernel's stands in square brackets."""
    return path if path.startswith("[") else Path(path).name or UNKNOWN
