"""Meter: a process tree that burns known amounts of CPU and memory, against what the meter reads of it."""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servebench.calibrate.drive import calibration_site
from servebench.calibrate.edge import read_process, waited_share
from servebench.calibrate.outcome import Criterion, measured
from servebench.calibrate.servers import BURNER, build_program
from servebench.thresholds import GENERATOR_WAITED
from servebench.trial.meters import ProcessMeter
from servebench.trial.processes import ProcessGroups
from servebench.trial.window import Subject, observe

CPU_TOLERANCE = 0.03
MEMORY_TOLERANCE = 0.05
DURATION_S = 3.0
# The time before the window in which its memory is read.
LEAD_S = 0.3
# From the start until all memory is taken.
SETTLE_S = 0.7


@dataclass(frozen=True)
class Burn:
    """What the burner uses: itself, in children that stay, in children that end."""

    cores: float = 0.3
    memory_mib: int = 96
    children: int = 2
    child_cores: float = 0.15
    child_memory_mib: int = 48
    ending_cores: float = 0.1

    @property
    def total_cores(self) -> float:
        """CPU of the tree, in cores."""
        return self.cores + self.children * self.child_cores + self.ending_cores

    @property
    def total_memory_mib(self) -> int:
        """Memory of the tree; what the children share with their parent counts once."""
        return self.memory_mib + self.children * self.child_memory_mib

    @property
    def private_memory_mib(self) -> int:
        """Memory that one process of the tree has for itself alone: its parent's pages are shared by the children."""
        return self.children * self.child_memory_mib if self.children else self.memory_mib

    def arguments(self) -> list[str]:
        """The burner's command line."""
        own = [self.cores, self.memory_mib, self.children, self.child_cores, self.child_memory_mib]
        return [*(str(value) for value in own), str(self.ending_cores)]


def measure_meter(cache: Path) -> dict[str, Any]:
    """Meter the burner as a server is metered in a trial; raises Unavailable where it cannot be built."""
    burn = Burn()
    with calibration_site("meter") as site:
        executable = build_program(BURNER, site.scratch, cache)
        with (site.scratch / "burner.log").open("wb") as log, ProcessGroups() as groups:
            process = groups.start([str(executable), *burn.arguments()], site.server_cpus, dict(os.environ), log)
            time.sleep(SETTLE_S)
            subject = Subject(ProcessMeter(process.pid), None, (), lambda: process.poll() is None)
            first = read_process(process.pid)
            reading = observe(subject, time.monotonic() + LEAD_S, DURATION_S, None)
            waited = waited_share(first, read_process(process.pid))
    # A burner that waits for its CPU cannot use what it is to use: that says nothing of the meter.
    is_decided = waited is None or waited <= GENERATOR_WAITED
    criteria = [_criterion("CPU", "cores", burn.total_cores, reading.cpu_mean_cores, CPU_TOLERANCE, is_decided)]
    for name, memory in (("before", reading.memory_first), ("after", reading.memory_last)):
        if memory.uss_mib is not None:
            criteria.append(_memory(f"private memory (USS) {name}", burn.private_memory_mib, memory.uss_mib))
        if memory.pss_mib is not None:
            criteria.append(_memory(f"memory (PSS) {name}", burn.total_memory_mib, memory.pss_mib))
    rss = [sample.rss_mib for sample in reading.samples]
    return measured(criteria, rss_mib=sum(rss) / len(rss) if rss else None)


def _memory(name: str, expected_mib: int, found_mib: float) -> Criterion:
    return _criterion(name, "MiB", expected_mib, found_mib, MEMORY_TOLERANCE)


def _criterion(
    name: str, unit: str, expected: float, found: float | None, tolerance: float, is_decided: bool = True
) -> Criterion:
    passed = found is not None and abs(found - expected) <= tolerance * expected
    shown = "nothing" if found is None else f"{found:.4g}"
    text = f"{name}: {shown} {unit} for {expected:.4g}"
    return Criterion(name, expected, found, f"{tolerance:.0%}", passed, text, passed or is_decided)
