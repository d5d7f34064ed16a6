"""What a server is metered by: its process tree, the cgroup of its container, or nothing."""

import math
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from servebench.cgroup import least_quota, quota_folders
from servebench.trial.meter import CpuReading, ResourceSample, affinity_of, read_cpu, sample
from servebench.trial.tree import PROC, tree_of


class Meter(Protocol):
    """Tells what a server uses; None and empty where it is not told."""

    def pids(self) -> list[int]:
        """Its living processes."""

    def read_cpu(self) -> CpuReading | None:
        """CPU that it has used so far."""

    def sample(self) -> ResourceSample | None:
        """What it uses now."""

    def quotas(self) -> list[Path]:
        """The cgroups whose quota of CPU holds it."""


@dataclass(frozen=True)
class ProcessMeter:
    """A process and its descendants."""

    pid: int

    def pids(self) -> list[int]:
        """The tree."""
        return tree_of(self.pid)

    def read_cpu(self) -> CpuReading | None:
        """Of the tree, ended children included."""
        return read_cpu(self.pid)

    def sample(self) -> ResourceSample | None:
        """None when the process is gone."""
        return sample(self.pid)

    def quotas(self) -> list[Path]:
        """Of the process."""
        return quota_folders(PROC / str(self.pid) / "cgroup")


@dataclass(frozen=True)
class NoMeter:
    """Nothing is known of what the server uses."""

    def pids(self) -> list[int]:
        """None."""
        return []

    def read_cpu(self) -> CpuReading | None:
        """Not told."""
        return None

    def sample(self) -> ResourceSample | None:
        """Not told."""
        return None

    def quotas(self) -> list[Path]:
        """None."""
        return []


def usable_by(meter: Meter, taken: Collection[int]) -> int | None:
    """How many CPUs a server that we do not place can use; None where no process of it is known.

    Those that it may run on, without the ones `taken` by the generator where it has others, and as many as a quota
    fills: one that it fills in part counts as a whole.
    """
    allowed = next((cpus for pid in meter.pids() if (cpus := affinity_of(pid))), None)
    if allowed is None:
        return None
    count = len(set(allowed) - set(taken)) or len(allowed)
    quota = least_quota(meter.quotas())
    return count if quota is None else min(count, math.ceil(quota))


def own_cpus(meter: Meter, taken: Collection[int]) -> list[int] | None:
    """The CPUs that all processes of such a server are held to, where they are none of the `taken`; else None."""
    found = {cpu for pid in meter.pids() for cpu in affinity_of(pid) or ()}
    return sorted(found) if found and found.isdisjoint(taken) else None
