"""The windows of a profile: pairs on one running server, one with the profiler and one without, in turn."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from servebench.errors import ServebenchError
from servebench.load_point import ClosedLoop
from servebench.profile.sampling import Sampler
from servebench.profile.stacks import Stacks, kernel_share
from servebench.trial.generator_processes import Measurement
from servebench.trial.meter import read_cpu
from servebench.trial.server import RunningServer
from servebench.trial.session import Session
from servebench.trial.tree import tree_of

# The pairs, and a window before them that warms the server up.
PAIRS = 3
WARMUP_S = 1.0


@dataclass(frozen=True)
class Window:
    """What one window brought: good answers a second, how full the generator's busiest CPU was, the server's CPU.

    That is not read in a window with the profiler.
    """

    throughput_rps: float
    server_cores: float | None
    generator_utilization: float


@dataclass(frozen=True)
class Windows:
    """All windows of a profile, and the stacks that the profiler saw in half of them."""

    without: Sequence[Window]
    profiled: Sequence[Window]
    stacks: Stacks

    def figures(self) -> dict[str, Any]:
        """What the record says of them: medians, and what the profiler took in each pair."""
        pairs = list(zip(self.profiled, self.without, strict=True))
        cores = [window.server_cores for window in self.without if window.server_cores is not None]
        return {
            "samples": self.stacks.total(),
            "kernel_share": kernel_share(self.stacks),
            "throughput_rps": median(window.throughput_rps for window in self.without),
            "profiled_throughput_rps": median(window.throughput_rps for window in self.profiled),
            "slowdowns": [1 - one.throughput_rps / other.throughput_rps for one, other in pairs],
            "server_cores": median(cores),
            "generator_utilization": median(window.generator_utilization for window in self.without),
        }


def make_windows(session: Session, point: ClosedLoop, window_s: float, sampler: Sampler, scratch: Path) -> Windows:
    """Load the server in every window alike; which window of a pair comes first changes from pair to pair.

    Raises ServebenchError where the profiler cannot look, or the server answers nothing.
    """
    session.probe(point, WARMUP_S)
    without: list[Window] = []
    profiled: list[Window] = []
    outputs = [scratch / f"samples-{number}" for number in range(PAIRS)]
    for number, output in enumerate(outputs):
        for is_profiled in (True, False) if number % 2 else (False, True):
            window = _make_window(session, point, window_s, sampler if is_profiled else None, output)
            (profiled if is_profiled else without).append(window)
    stacks: Stacks = sum((sampler.read(output) for output in outputs), Counter())
    return Windows(without, profiled, stacks)


def _make_window(session: Session, point: ClosedLoop, window_s: float, sampler: Sampler | None, output: Path) -> Window:
    """Measure once; the profiler looks from the beginning of the warm-up to the window's end."""
    server = session.server
    assert isinstance(server, RunningServer)
    pid = server.process.pid

    def watch(start_s: float) -> float | None:
        end_s = start_s + window_s
        if sampler is not None:
            sampler.sample(session.loader.groups, tree_of(pid), end_s, output)
            return None
        time.sleep(max(0.0, start_s - time.monotonic()))
        first = read_cpu(pid)
        time.sleep(max(0.0, end_s - time.monotonic()))
        last = read_cpu(pid)
        return (last.cpu_s - first.cpu_s) / (last.at_s - first.at_s)

    measurement = session.watched_probe(point, window_s, watch)
    if not server.is_alive():
        raise ServebenchError(f"{server.ending} while it was profiled")
    return _window_of(measurement)


def _window_of(measurement: Measurement[float | None]) -> Window:
    counted = measurement.counted
    if not counted.requests:
        raise ServebenchError(f"the server gave no good answer in {measurement.window_s:g} s: nothing to profile")
    busiest = max(result.busiest_cpu_s for result in measurement.results)
    return Window(counted.requests / measurement.window_s, measurement.watched, busiest / measurement.window_s)
