"""A container as its cgroup, of version 2, tells of it in cpu.stat, memory.current and cgroup.procs.

All of them hold what ran in the groups below too, ended processes included.
"""

import time
from dataclasses import dataclass
from pathlib import Path

from servebench.cgroup import quotas_at, text_of
from servebench.trial.meter import CpuReading, ResourceSample

CPU = "cpu.stat"
MEMORY = "memory.current"
FILES = (CPU, MEMORY)


@dataclass(frozen=True)
class ContainerMeter:
    """The cgroup in a folder. Its memory is what it is charged for, the files that it read included."""

    folder: Path

    def pids(self) -> list[int]:
        """The processes of the group and of those below, as far as they can be seen from here."""
        return [pid for pid in self._listed("cgroup.procs") if pid]

    def read_cpu(self) -> CpuReading | None:
        """None when the group is gone."""
        at_s = time.monotonic()
        told = self._figures(CPU)
        if "usage_usec" not in told:
            return None
        faults = self._figures("memory.stat").get("pgmajfault")
        return CpuReading(at_s, told["usage_usec"] / 1e6, told.get("system_usec", 0) / 1e6, faults)

    def sample(self) -> ResourceSample | None:
        """None when the group is gone."""
        cpu, memory = self.read_cpu(), text_of(self.folder / MEMORY)
        if cpu is None or memory is None:
            return None
        threads, processes = len(self._listed("cgroup.threads")), len(self._listed("cgroup.procs"))
        return ResourceSample(cpu.at_s, cpu.cpu_s, int(memory) / 2**20, threads, processes)

    def quotas(self) -> list[Path]:
        """Of the group and of those above."""
        return quotas_at(self.folder)

    def _figures(self, name: str) -> dict[str, int]:
        lines = (line.split() for line in (text_of(self.folder / name) or "").splitlines())
        return {words[0]: int(words[1]) for words in lines if len(words) == 2}

    def _listed(self, name: str) -> list[int]:
        texts = [text_of(path) or "" for path in sorted(self.folder.rglob(name))]
        return [int(number) for text in texts for number in text.split()]
