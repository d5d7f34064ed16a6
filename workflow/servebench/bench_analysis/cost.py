"""What a command takes: its seconds, the CPU's, the most memory of its largest process; and how these grow."""

import math
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from servebench.errors import ServebenchError

KIB_A_MIB = 1024
LAST_LINES = 5


@dataclass(frozen=True)
class Cost:
    """Of one command with all processes that it started."""

    wall_s: float
    cpu_s: float
    peak_mib: float


def cost_of(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> tuple[Cost, str]:
    """Run a command to its end, and return what it took with what it printed; raises ServebenchError where it fails."""
    start_s = time.monotonic()
    with (folder / "output.txt").open("w+", encoding="utf-8") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=dict(environment), stdout=output, stderr=subprocess.STDOUT, text=True
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall_s = time.monotonic() - start_s
        output.seek(0)
        text = output.read()
    if process.returncode:
        last = "\n".join(text.splitlines()[-LAST_LINES:])
        raise ServebenchError(f"{' '.join(command)} ended with {process.returncode}:\n{last}")
    # macOS tells bytes.
    peak_mib = used.ru_maxrss / KIB_A_MIB / (KIB_A_MIB if sys.platform == "darwin" else 1)
    return Cost(wall_s, used.ru_utime + used.ru_stime, peak_mib), text


def exponent(first: tuple[float, float], second: tuple[float, float]) -> float:
    """The power of the size with which an amount grew between two (size, amount): 1 is linear."""
    (size, amount), (larger_size, larger_amount) = first, second
    return math.log(larger_amount / amount) / math.log(larger_size / size)
