"""Function-call interrupts: how often one CPU wakes another, which the sender of a request or an answer pays for."""

import re
from collections.abc import Sequence
from pathlib import Path

INTERRUPTS = Path("/proc/interrupts")
# x86 and ARM name the row differently and end it with the same words.
FUNCTION_CALLS = "function call interrupts"


def count_function_calls(text: str, cpus: Sequence[int]) -> int | None:
    """How many these CPUs have taken, from the text of /proc/interrupts; None where it does not tell."""
    lines = text.splitlines()
    columns = {name: at for at, name in enumerate(lines[0].split())} if lines else {}
    for line in lines[1:]:
        if line.lower().rstrip().endswith(FUNCTION_CALLS):
            counts = re.findall(r"\d+", line.split(":", 1)[1])
            return sum(int(counts[columns[f"CPU{cpu}"]]) for cpu in cpus)
    return None


def read_function_calls(cpus: Sequence[int]) -> int | None:
    """How many these CPUs have taken since the machine started; None where the kernel does not tell."""
    return count_function_calls(INTERRUPTS.read_text(encoding="ascii"), cpus) if INTERRUPTS.exists() else None
