"""How the time of each CPU was spent, from /proc/stat (proc_stat(5)); Linux only.

It counts in ticks of 10 ms: a share of a window of 3 s is right to 0.3 %, one of 30 s to 0.03 %.
"""

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

STAT = Path("/proc/stat")


@dataclass(frozen=True)
class CpuTimes:
    """Seconds since the machine's start: programs and kernel, idle (waiting for disks too), interrupts, hypervisor."""

    busy_s: float
    idle_s: float
    interrupts_s: float
    steal_s: float

    def __sub__(self, other: "CpuTimes") -> "CpuTimes":
        return CpuTimes(
            self.busy_s - other.busy_s,
            self.idle_s - other.idle_s,
            self.interrupts_s - other.interrupts_s,
            self.steal_s - other.steal_s,
        )


@dataclass(frozen=True)
class CpuStat:
    """The machine's times and those of each CPU.

    `tells_interrupts`: interrupts are no part of a thread's CPU. Kernels without that accounting leave /proc/stat's
    `irq` at 0 for ever, sample soft interrupts, and count both in the thread that they interrupt.
    """

    machine: CpuTimes
    cpus: dict[int, CpuTimes]
    tells_interrupts: bool


def parse_stat(text: str, tick_s: float) -> CpuStat:
    """Read the `cpu` lines of /proc/stat."""
    lines = [line.split() for line in text.splitlines() if line.startswith("cpu")]
    times = {name.removeprefix("cpu"): [int(value) * tick_s for value in values[:8]] for name, *values in lines}
    machine = times.pop("")
    return CpuStat(_times(machine), {int(name): _times(values) for name, values in times.items()}, machine[5] > 0)


def _times(values: list[float]) -> CpuTimes:
    user, nice, system, idle, iowait, irq, softirq, steal = values
    return CpuTimes(user + nice + system, idle + iowait, irq + softirq, steal)


def read_cpu_stat() -> CpuStat | None:
    """Read /proc/stat now; None where there is none."""
    try:
        return parse_stat(STAT.read_text(), 1 / os.sysconf("SC_CLK_TCK"))
    except OSError:
        return None


def spent_between(first: CpuStat, last: CpuStat, cpus: Collection[int]) -> CpuTimes | None:
    """What these CPUs spent between two readings, together; None where one of them was not there."""
    if not cpus or not all(number in stat.cpus for number in cpus for stat in (first, last)):
        return None
    spent = [last.cpus[number] - first.cpus[number] for number in cpus]
    return CpuTimes(
        sum(one.busy_s for one in spent),
        sum(one.idle_s for one in spent),
        sum(one.interrupts_s for one in spent),
        sum(one.steal_s for one in spent),
    )


def used_by_others_s(
    first: CpuStat, last: CpuStat, cpus: Collection[int], elapsed_s: float, known_cpu_s: float
) -> float | None:
    """CPU seconds that these CPUs gave to others than the known processes, the idle loop, interrupts and hypervisor.

    It is what is left of their time, because only the known processes' own CPU is exact.
    """
    spent = spent_between(first, last, cpus)
    if spent is None:
        return None
    interrupts_s = spent.interrupts_s if last.tells_interrupts else 0.0
    return max(0.0, elapsed_s * len(cpus) - spent.idle_s - spent.steal_s - interrupts_s - known_cpu_s)
