"""profile.json: what a profile was made of, and what making it cost the server."""

from pydantic import BaseModel, ConfigDict

from servebench.words import ProfilerKind


class ProfileRecord(BaseModel):
    """A profile; throughputs are medians over windows of the same server, with and without the profiler in turn.

    `slowdown` is the median over pairs of windows of what the profiler took of the throughput, as a share;
    `kernel_share` are the samples in which the kernel worked for it, None where the profiler does not see that.
    """

    model_config = ConfigDict(frozen=True)
    model: str
    system: str
    profiler: ProfilerKind
    version: str
    started_at: str
    load_point: str
    pairs: int
    window_s: float
    samples: int
    kernel_share: float | None
    throughput_rps: float
    profiled_throughput_rps: float
    slowdown: float
    server_cores: float
    cpus: int
    generator_utilization: float
