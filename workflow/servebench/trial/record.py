"""A trial's raw record, result.json: what was asked, what happened, what was measured."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from servebench.config import Arrivals
from servebench.errors import ServebenchError
from servebench.machine import MachineFacts, Placement
from servebench.trial.key import TrialKey
from servebench.trial.search import Search
from servebench.trial.settings import TrialSettings
from servebench.words import Outcome


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LoadFigures(_Frozen):
    """What the generator counted inside the window; latencies are those of good answers, and of what had none.

    `scheduled`, `waited_for_connection`, `unsent` and `send_delay_p99_ms` are the open loop's: scheduled = requests +
    errors + in_flight + unsent. Of its `connections` those that were `connections_greeted` had an answer before the
    window (None: the generator does not tell). `unanswered_ages_ms` are, as (age, count), of requests that timed out,
    were in flight at the window's end or were never sent: their latencies are at least so long. Percentiles and maximum
    count them (see percentiles.py); above `bound_from_percentile` they are lower bounds, because of them.
    """

    window_s: float
    requests: int
    errors: dict[str, int]
    throughput_rps: float
    latency_min_ms: float | None
    latency_mean_ms: float | None
    latency_p50_ms: float | None
    latency_p90_ms: float | None
    latency_p95_ms: float | None
    latency_p99_ms: float | None
    latency_p99_9_ms: float | None
    latency_max_ms: float | None
    answers_checked: int
    scheduled: int | None = None
    waited_for_connection: int | None = None
    in_flight: int | None = None
    unsent: int | None = None
    send_delay_p99_ms: float | None = None
    connections: int | None = None
    connections_greeted: int | None = None
    reconnects: int | None = None
    unanswered_ages_ms: list[tuple[float, int]] = []
    bound_from_percentile: float | None = None


class ServerFigures(_Frozen):
    """What the server's process tree used, and how it was started; `health` is what the server says of itself.

    Of an endpoint nobody knows the parallelism and when it was ready, and without a meter nothing that it used.

    Of its CPUs' time they were idle for `cpus_idle_share`, and others had at most `run_queue_share` while it wanted to
    run; its cgroup's quota held it for at most `throttled_share` of the window. The listen queue holds connections that
    it has not accepted. `first` and `last` are readings just before and just after the window. Of a request's CPU
    `user` is what its own code used and `system` what the kernel did for it; a major fault waits for a disk's page.
    `link_share` is how full the interface was by which load hosts reach it: the busier direction over its speed.
    """

    command: list[str]
    health: dict[str, Any]
    affinity: list[int] | None
    cpus: int | None
    parallelism: int | None
    ready_s: float | None
    rest_pss_mib: float | None
    rest_rss_mib: float | None
    pss_mean_mib: float | None = None
    pss_peak_mib: float | None = None
    rss_mean_mib: float | None
    rss_peak_mib: float | None
    cpu_mean_cores: float | None
    cpu_peak_cores: float | None
    cpu_us_per_request: float | None
    threads_peak: int | None
    processes_peak: int | None
    rest_uss_mib: float | None = None
    uss_first_mib: float | None = None
    uss_last_mib: float | None = None
    pss_first_mib: float | None = None
    pss_last_mib: float | None = None
    cpus_idle_share: float | None = None
    run_queue_share: float | None = None
    throttled_share: float | None = None
    busiest_thread_cores: float | None = None
    voluntary_switches_per_s: float | None = None
    involuntary_switches_per_s: float | None = None
    major_faults_per_request: float | None = None
    cpu_user_us_per_request: float | None = None
    cpu_system_us_per_request: float | None = None
    listen_queue_first: int | None = None
    listen_queue_last: int | None = None
    link_share: float | None = None


class LoadHostFigures(_Frozen):
    """What one load host did in a window; times are by its own clock, which was at most `clock_error_ms` off ours.

    `link` is the interface by which it reached the server; its `link_share` is None where the kernel knows no speed.
    """

    host: str
    processes: int
    connections: int
    requests: int
    cpu_mean_cores: float
    cpu_utilization: float
    run_queue_share: float | None
    gap_share: float | None
    round_trip_ms: float
    clock_error_ms: float
    link: str | None
    link_mbps: float | None
    link_share: float | None


class GeneratorFigures(_Frozen):
    """What the generator's processes used; the utilization is that of the busiest thread.

    `run_queue_share` is the largest share of the window in which one of its threads waited for a CPU. A generator that
    spins also sees gaps in its own loop, which nothing that it did explains: their share of the window, the longest.
    `hosts` are those that sent the load instead of the server's host, if there are any: `busiest_host` has the busiest
    thread, `clock_error_ms` and `link_share` are the largest of theirs.
    `harness_late_ms` is how late the harness, on the same CPUs, woke at most: what stopped both is in no other figure.
    """

    command: list[str]
    processes: int
    affinity: list[int] | None
    cpu_mean_cores: float
    cpu_utilization: float
    is_spinning: bool | None = None
    run_queue_share: float | None = None
    gap_share: float | None = None
    gap_longest_ms: float | None = None
    hosts: list[LoadHostFigures] = []
    busiest_host: str | None = None
    clock_error_ms: float | None = None
    link_share: float | None = None
    harness_late_ms: float | None = None


class Attempt(_Frozen):
    """A window that did not count, with the reason: the trial was made again."""

    reason: str
    started_unix_s: float
    load: LoadFigures
    server: ServerFigures
    generator: GeneratorFigures


class Look(_Frozen):
    """After so many blocks of its campaign every primary interval was within the wished half width, a share."""

    precision: float
    blocks: int

    @property
    def reason(self) -> str:
        """Why a later trial is not needed."""
        return f"precision of {self.precision * 100:g} % reached after {self.blocks} blocks"


class TrialRecord(_Frozen):
    """One trial; `other_cores` is CPU of the window that neither server nor generator used.

    `meter_cpu_cores` is what the harness itself used of it. `attempts` are the windows before that did not count.
    `arrivals` is how an open loop's requests were really spaced (None: a closed one, or as its settings say).

    `look` is, of a trial that is not needed, which look found precision enough.
    `lost_on` are the nodes of a cluster that failed while they made it, before it was made again.
    `search` is how its rate was found, where that depends on the system. A field added later has a default, so that
    the trials of before stay readable.
    """

    study: str
    campaign: str
    key: TrialKey
    settings: TrialSettings
    outcome: Outcome
    reason: str | None = None
    remedy: str | None = None
    started_at: str
    started_unix_s: float
    lock_wait_s: float | None = None
    placement: Placement | None = None
    machine: MachineFacts
    other_cores: float | None = None
    steal_cores: float | None = None
    arrivals: Arrivals | None = None
    meter_cpu_cores: float | None = None
    versions: dict[str, str] = {}
    search: Search | None = None
    load: LoadFigures | None = None
    server: ServerFigures | None = None
    generator: GeneratorFigures | None = None
    attempts: list[Attempt] = []
    look: Look | None = None
    lost_on: list[str] = []

    @property
    def is_pinned(self) -> bool | None:
        """Whether server and generator had CPUs of their own, whoever gave them; None where it was not measured."""
        if self.placement is None:
            return None
        is_apart = not self.placement.server and self.server is not None and bool(self.server.affinity)
        return self.placement.is_pinned or is_apart

    @model_validator(mode="before")
    @classmethod
    def _without_what_was_dropped(cls, raw: Any) -> Any:
        """Records of version 0.1 repeat the instrument's version and carry a schema's."""
        if not isinstance(raw, dict):
            return raw
        return {name: value for name, value in raw.items() if name not in ("schema_version", "instrument_version")}


def read_record(path: Path) -> TrialRecord:
    """Read a trial's result.json; raises ServebenchError, with the remedy, where it is cut or no record."""
    try:
        return TrialRecord.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise ServebenchError(f"{path} is missing: run again to measure this trial") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ServebenchError(
            f"{path} is no trial's record ({f'{where}: ' if where else ''}{first['msg']}): delete its folder "
            "and run again to measure this trial anew"
        ) from None
