"""The machine: its CPUs, how they are shared out, and what is recorded of it."""

import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path

from servebench.cgroup import cpu_quota, memory_limit_mib
from servebench.files import sha256_parts
from servebench.node import allocated_node

SYSFS = Path("/sys/devices/system/cpu")
CPU_INFO = Path("/proc/cpuinfo")


@dataclass(frozen=True)
class Cpu:
    """One logical CPU: its physical core and the group that shares its last-level cache."""

    number: int
    core: tuple[int, int]
    cache_group: int


@dataclass(frozen=True)
class Placement:
    """Which CPUs the server and the generator (with the harness and the meter) run on.

    `is_pinned` is false where they run wherever the kernel puts them; `is_shared` where both
    may run on the same CPU. `server` is empty for an endpoint, whose CPUs are not ours to choose.
    """

    server: tuple[int, ...]
    generator: tuple[int, ...]
    is_pinned: bool
    is_shared: bool


class PlacementError(Exception):
    """This machine has too few CPUs for what is asked."""


def read_topology() -> list[Cpu]:
    """The logical CPUs that this process may use at once: those of its affinity, no more than a cgroup's quota fills.

    Each is its own core where the system does not tell.
    """
    if not hasattr(os, "sched_getaffinity"):
        return [Cpu(number, (0, number), 0) for number in range(os.cpu_count() or 1)]
    return within_quota([_read_cpu(number) for number in sorted(os.sched_getaffinity(0))], cpu_quota())


def within_quota(cpus: list[Cpu], quota: float | None) -> list[Cpu]:
    """As many CPUs as a quota can keep busy, at least one; whole cores, in the order in which they are given out."""
    if quota is None or quota >= len(cpus):
        return cpus
    order = [number for core in _cores(cpus) for number in core]
    kept = set(order[: max(1, int(quota))])
    return [cpu for cpu in cpus if cpu.number in kept]


def _read_cpu(number: int) -> Cpu:
    folder = SYSFS / f"cpu{number}"
    package = _read_number(folder / "topology/physical_package_id", 0)
    core = _read_number(folder / "topology/core_id", number)
    group = _read_first(folder / "cache/index3/shared_cpu_list", package)
    return Cpu(number, (package, core), group)


def _read_number(path: Path, otherwise: int) -> int:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return otherwise


def _read_first(path: Path, otherwise: int) -> int:
    """The first CPU of a list such as `0-3,8`."""
    try:
        return int(path.read_text().strip().replace("-", ",").split(",")[0])
    except (OSError, ValueError):
        return otherwise


def place(cpus: list[Cpu], server_cpus: int | None, is_shared: bool, can_pin: bool) -> Placement:
    """Share out the CPUs: whole physical cores, cache groups together, disjoint unless there is one CPU.

    `server_cpus` is the number of logical CPUs for the server; None takes a third of the physical
    cores, at least one. Raises PlacementError where none would be left for the generator.
    """
    everything = tuple(cpu.number for cpu in cpus)
    if is_shared or not can_pin:
        return Placement(everything, everything, False, True)
    cores = _cores(cpus)
    if len(cores) == 1:
        if server_cpus is not None and server_cpus > len(everything):
            raise PlacementError(f"needs {server_cpus} CPUs for the server; this machine has {len(everything)}")
        return Placement(everything, everything, True, True)
    server: list[int] = []
    wanted = len(cores[0]) * max(1, len(cores) // 3) if server_cpus is None else server_cpus
    taken = 0
    while len(server) < wanted and taken < len(cores) - 1:
        server += cores[taken]
        taken += 1
    if len(server) < wanted:
        raise PlacementError(
            f"needs {wanted} CPUs for the server and a core for the generator; this machine has {len(everything)}"
        )
    # A core that is only half used by the server stays idle: its sibling would share it.
    generator = [number for core in cores[taken:] for number in core]
    return Placement(tuple(sorted(server[:wanted])), tuple(sorted(generator)), True, False)


def spared_core(cpus: list[Cpu]) -> list[int]:
    """The CPUs of the core that no pinned server ever gets, however many it asks for."""
    return _cores(cpus)[-1]


def _cores(cpus: list[Cpu]) -> list[list[int]]:
    """Physical cores as lists of their logical CPUs; the last cache group first.

    The kernel's own work gathers on the lowest CPUs: the server gets the others.
    """
    groups: dict[int, dict[tuple[int, int], list[int]]] = {}
    for cpu in cpus:
        groups.setdefault(cpu.cache_group, {}).setdefault(cpu.core, []).append(cpu.number)
    return [
        core for _, group in sorted(groups.items(), reverse=True) for _, core in sorted(group.items(), reverse=True)
    ]


def can_pin() -> bool:
    """Whether this system lets a process choose its CPUs (Linux does, macOS does not)."""
    return hasattr(os, "sched_setaffinity")


@dataclass(frozen=True)
class MachineFacts:
    """What is recorded of the machine in every trial; empty where it cannot be read.

    `cpu_quota` is in CPUs, `memory_limit_mib` a cgroup's; None without one. Of the machine's `logical_cpus`, which are
    threads of so many `cores`, it may use `allowed_cpus`; it `is_virtual` where a hypervisor is below (None: not told).
    `node` is the name that a cluster has for it (None: no cluster placed us).
    """

    cpu_model: str
    logical_cpus: int
    memory_mib: int | None
    kernel: str
    system: str
    governor: str | None
    load_1min: float
    python: str
    cpu_quota: float | None = None
    memory_limit_mib: float | None = None
    allowed_cpus: int | None = None
    node: str | None = None
    cores: int | None = None
    is_virtual: bool | None = None

    @property
    def processor(self) -> str:
        """The CPUs in a few words, with what may be used of them where that is less."""
        limits = [f"a quota of {self.cpu_quota:g} CPUs"] if self.cpu_quota is not None else []
        if self.allowed_cpus is not None and self.allowed_cpus < self.logical_cpus:
            limits.insert(0, f"{self.allowed_cpus} allowed")
        if self.cores is not None and self.cores < self.logical_cpus:
            limits.insert(0, f"threads of {self.cores} {'core' if self.cores == 1 else 'cores'}")
        where = " of a virtual machine" if self.is_virtual else ""
        return f"{self.cpu_model}, {self.logical_cpus} CPUs{where}" + (f" ({', '.join(limits)})" if limits else "")

    @property
    def node_key(self) -> str | None:
        """What a node's calibrations are kept by: under the same name another processor or kernel is another node."""
        if self.node is None:
            return None
        parts = [self.node, self.cpu_model, self.kernel, str(self.logical_cpus), str(self.memory_mib)]
        return f"{self.node}-{sha256_parts(parts)[:8]}"

    @property
    def kind(self) -> tuple[str, int, int | None, str, str | None]:
        """What makes two nodes alike."""
        return (self.cpu_model, self.logical_cpus, self.allowed_cpus, self.kernel, self.governor)


def read_machine() -> MachineFacts:
    """Read the machine's facts now."""
    return MachineFacts(
        cpu_model=_cpu_model(),
        logical_cpus=os.cpu_count() or 1,
        memory_mib=_memory_mib(),
        kernel=platform.release(),
        system=platform.platform(),
        governor=_text(SYSFS / "cpu0/cpufreq/scaling_governor"),
        load_1min=round(os.getloadavg()[0], 2),
        python=".".join(str(part) for part in sys.version_info[:3]),
        cpu_quota=cpu_quota(),
        memory_limit_mib=memory_limit_mib(),
        allowed_cpus=len(os.sched_getaffinity(0)) if can_pin() else None,
        node=allocated_node(),
        cores=_core_count(),
        is_virtual=knows_hypervisor(_text(CPU_INFO) or ""),
    )


def _text(path: Path) -> str | None:
    try:
        return path.read_text().strip()
    except OSError:
        return None


def _core_count() -> int | None:
    """The physical cores of all CPUs, as far as a hypervisor tells them; None where the system does not."""
    folders = [folder / "topology" for folder in SYSFS.glob("cpu[0-9]*")]
    found = {(_text(folder / "physical_package_id"), _text(folder / "core_id")) for folder in folders}
    return None if not found or any(None in core for core in found) else len(found)


def knows_hypervisor(cpu_info: str) -> bool | None:
    """Whether the CPUs know of a hypervisor, which those of x86 tell; None where they tell nothing."""
    flags = next((line for line in cpu_info.splitlines() if line.startswith("flags")), None)
    return None if flags is None else "hypervisor" in flags.split()


def _cpu_model() -> str:
    for line in (_text(CPU_INFO) or "").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _memory_mib() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // (1024 * 1024)
    except (ValueError, OSError):
        return None
