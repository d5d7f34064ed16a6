"""profile.json: what a profile was made of, and what making it cost the server."""

from statistics import median

from pydantic import BaseModel, ConfigDict

from servebench.words import ProfilerKind


class ProfileRecord(BaseModel):
    """A profile; throughputs are medians over windows of the same server, with and without the profiler in turn.

    `slowdowns` are what the profiler took of the throughput in each pair of windows, as shares; `kernel_share` are the
    samples in which the kernel worked for the server, None where the profiler does not see that.
    """

    model_config = ConfigDict(frozen=True)
    model: str
    system: str
    profiler: ProfilerKind
    version: str
    started_at: str
    load_point: str
    window_s: float
    samples: int
    kernel_share: float | None
    throughput_rps: float
    profiled_throughput_rps: float
    slowdowns: list[float]
    server_cores: float
    cpus: int
    generator_utilization: float

    @property
    def slowdown(self) -> float:
        """What the profiler took, in the median pair."""
        return median(self.slowdowns)
