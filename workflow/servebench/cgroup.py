"""What a cgroup lets its processes use, as containers and batch systems set it, and how it held them.

cpu.max, cpu.stat and memory.max of version 2, cpu.cfs_quota_us, cpu.stat and memory.limit_in_bytes of version 1 (the
kernel's cgroup-v2, sched-bwc and memory).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

MEMBERSHIP = Path("/proc/self/cgroup")
MOUNT = Path("/sys/fs/cgroup")
# Version 1 writes the largest number of pages where there is no limit.
NO_LIMIT_BYTES = 2**60


@dataclass(frozen=True)
class Throttling:
    """Of one cgroup so far: periods in which it ran, those in which its quota held it, and for how long."""

    periods: int
    throttled_periods: int
    throttled_s: float


def cpu_quota(membership: Path = MEMBERSHIP, mount: Path = MOUNT) -> float | None:
    """CPUs that this process's cgroups let it use, the least of them and of those above; None without a quota."""
    return least_quota(_folders(membership, mount, "cpu"))


def quota_folders(membership: Path = MEMBERSHIP, mount: Path = MOUNT) -> list[Path]:
    """The folders of a process's cgroups, by default of this one's, that set a quota."""
    return [folder for folder in _folders(membership, mount, "cpu") if _quota(folder) is not None]


def quotas_at(folder: Path) -> list[Path]:
    """A cgroup and those above it, as far as they set a quota."""
    return [above for above in (folder, *folder.parents) if _quota(above) is not None]


def least_quota(folders: Iterable[Path]) -> float | None:
    """CPUs that all of these cgroups let a process use; None without a quota."""
    quotas = [_quota(folder) for folder in folders]
    return min((quota for quota in quotas if quota is not None), default=None)


def memory_limit_mib(membership: Path = MEMBERSHIP, mount: Path = MOUNT) -> float | None:
    """Memory that this process's cgroups let it use, the least of them and of those above; None without a limit."""
    limits = [_memory_limit(folder) for folder in _folders(membership, mount, "memory")]
    return min((limit / 2**20 for limit in limits if limit is not None), default=None)


def read_throttling(folders: Iterable[Path]) -> dict[Path, Throttling]:
    """How these cgroups' quotas held them so far; one that is gone tells nothing."""
    read = {folder: parse_cpu_stat(text_of(folder / "cpu.stat") or "") for folder in folders}
    return {folder: throttling for folder, throttling in read.items() if throttling is not None}


def throttled_share(
    first: Mapping[Path, Throttling], last: Mapping[Path, Throttling], elapsed_s: float
) -> float | None:
    """At most which share of the time a quota held these processes; None where none is set.

    The kernel adds up the time over the CPUs, hence the other bound: the share of the periods that it held them in.
    """
    shares = [_share(first[folder], last[folder], elapsed_s) for folder in last if folder in first]
    return max(shares, default=None)


def _share(first: Throttling, last: Throttling, elapsed_s: float) -> float:
    periods = last.periods - first.periods
    by_periods = (last.throttled_periods - first.throttled_periods) / periods if periods else 0.0
    return min(1.0, by_periods, (last.throttled_s - first.throttled_s) / elapsed_s)


def parse_cpu_max(text: str) -> float | None:
    """CPUs of version 2's `QUOTA PERIOD`; None for `max`."""
    quota, period = text.split()
    return None if quota == "max" else int(quota) / int(period)


def parse_cpu_stat(text: str) -> Throttling | None:
    """cpu.stat of either version; None where it has no quota's figures, as at the machine's own root."""
    figures = dict(line.split() for line in text.splitlines())
    if "nr_throttled" not in figures:
        return None
    usec = figures.get("throttled_usec")
    throttled_s = int(figures["throttled_time"]) / 1e9 if usec is None else int(usec) / 1e6
    return Throttling(int(figures["nr_periods"]), int(figures["nr_throttled"]), throttled_s)


def parse_membership(text: str) -> dict[str, str]:
    """From /proc/<pid>/cgroup: the path by controller; the empty name is version 2's."""
    paths: dict[str, str] = {}
    for line in text.splitlines():
        _number, controllers, path = line.split(":", 2)
        paths |= dict.fromkeys(controllers.split(","), path)
    return paths


def _folders(membership: Path, mount: Path, controller: str) -> list[Path]:
    """The folders of this process's cgroups that may set a controller's limit, with all above them, as far as seen.

    A container sees its own cgroup as the root, under whatever path the machine has for it.
    """
    paths = parse_membership(text_of(membership) or "")
    roots = [(mount, paths.get("")), (mount / "unified", paths.get("")), (mount / controller, paths.get(controller))]
    found = []
    for root, path in roots:
        if path is not None:
            below = root / path.lstrip("/")
            found += [folder for folder in (below, *below.parents) if folder.is_relative_to(root) and folder.is_dir()]
    return found


def _quota(folder: Path) -> float | None:
    """The CPUs of one cgroup's quota, in either version; None without."""
    text = text_of(folder / "cpu.max")
    if text is not None:
        return parse_cpu_max(text)
    quota_us, period_us = (int(text_of(folder / f"cpu.cfs_{name}_us") or -1) for name in ("quota", "period"))
    return quota_us / period_us if quota_us > 0 and period_us > 0 else None


def _memory_limit(folder: Path) -> int | None:
    """The bytes of one cgroup's limit, in either version; None without."""
    text = text_of(folder / "memory.max") or text_of(folder / "memory.limit_in_bytes")
    if text is None or not text.isdigit():
        return None
    return int(text) if int(text) < NO_LIMIT_BYTES else None


def text_of(path: Path) -> str | None:
    """A file of a cgroup; None where it is not there, or may not be read."""
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
