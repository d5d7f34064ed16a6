"""The measured window: samples each second, exact readings at both ends."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass

from servebench.machine import read_cpu_totals
from servebench.trial.meter import CpuReading, ResourceSample, read_cpu, sample

SAMPLE_EVERY_S = 1.0


class CampaignEnded(Exception):
    """The process that asked for this trial is gone."""


@dataclass(frozen=True)
class WindowReading:
    """The server's CPU at both ends (None when it died before) and its samples."""

    first: CpuReading
    last: CpuReading | None
    samples: list[ResourceSample]
    died_after_s: float | None
    machine_busy_cores: float | None
    steal_cores: float | None

    @property
    def cpu_mean_cores(self) -> float | None:
        """Mean CPU over the window, by exact accounting."""
        if self.last is None:
            return None
        return (self.last.cpu_s - self.first.cpu_s) / (self.last.at_s - self.first.at_s)

    @property
    def cpu_peak_cores(self) -> float | None:
        """The largest mean over one second."""
        pairs = zip(self.samples, self.samples[1:], strict=False)
        rates = [(b.cpu_s - a.cpu_s) / (b.at_s - a.at_s) for a, b in pairs if b.at_s > a.at_s]
        return max(rates, default=None)


def observe(
    pid: int, start_s: float, duration_s: float, is_alive: Callable[[], bool], owner: int | None
) -> WindowReading:
    """Watch a process tree from `start_s` (monotonic) for `duration_s`; raises CampaignEnded without its owner."""
    _sleep_until(start_s)
    totals_first = read_cpu_totals()
    first = read_cpu(pid)
    samples: list[ResourceSample] = []
    died_after_s: float | None = None
    for tick in range(int(duration_s / SAMPLE_EVERY_S) + 1):
        _sleep_until(min(start_s + tick * SAMPLE_EVERY_S, start_s + duration_s))
        ensure_owner(owner)
        if not is_alive() and died_after_s is None:
            died_after_s = time.monotonic() - start_s
        reading = sample(pid) if died_after_s is None else None
        if reading is not None:
            samples.append(reading)
    _sleep_until(start_s + duration_s)
    last = read_cpu(pid) if died_after_s is None and is_alive() else None
    totals_last = read_cpu_totals()
    busy_cores = steal_cores = None
    if totals_first is not None and totals_last is not None:
        busy_cores = (totals_last.busy_s - totals_first.busy_s) / duration_s
        steal_cores = (totals_last.steal_s - totals_first.steal_s) / duration_s
    return WindowReading(first, last, samples, died_after_s, busy_cores, steal_cores)


def ensure_owner(owner: int | None) -> None:
    """Raise CampaignEnded where the process that asked for the trial is gone."""
    if owner is not None and not _exists(owner):
        raise CampaignEnded


def _sleep_until(at_s: float) -> None:
    time.sleep(max(0.0, at_s - time.monotonic()))


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
