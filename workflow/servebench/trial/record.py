"""A trial's raw record, result.json: what was asked, what happened, what was measured."""

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from servebench.errors import ServebenchError

SCHEMA_VERSION = 1
# Raised whenever a measurement of the same settings could come out otherwise.
INSTRUMENT_VERSION = 3

Outcome = Literal["measured", "server died", "not measured"]


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TrialKey(_Frozen):
    """Which trial."""

    model: str
    system: str
    generator: str
    load_point: str
    repeat: int


class LoadFigures(_Frozen):
    """What the generator counted inside the window; latencies are those of good answers.

    The last five are the open loop's: scheduled = requests + errors + in_flight + unsent.
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


class ServerFigures(_Frozen):
    """What the server's process tree used, and how it was started."""

    command: list[str]
    health: dict[str, Any]
    affinity: list[int] | None
    cpus: int
    parallelism: int
    ready_s: float
    rest_pss_mib: float | None
    rest_rss_mib: float | None
    pss_mean_mib: float | None
    pss_peak_mib: float | None
    rss_mean_mib: float | None
    rss_peak_mib: float | None
    cpu_mean_cores: float | None
    cpu_peak_cores: float | None
    cpu_us_per_request: float | None
    threads_peak: int | None
    processes_peak: int | None


class GeneratorFigures(_Frozen):
    """What the generator's processes used; the utilization is that of the busiest thread."""

    command: list[str]
    processes: int
    affinity: list[int] | None
    cpu_mean_cores: float
    cpu_utilization: float


class TrialRecord(_Frozen):
    """One trial; `other_cores` is CPU of the window that neither server nor generator used.

    `search` is how its rate was found, where that depends on the system.
    """

    schema_version: int = SCHEMA_VERSION
    instrument_version: int = INSTRUMENT_VERSION
    study: str
    campaign: str
    key: TrialKey
    settings: dict[str, Any]
    outcome: Outcome
    reason: str | None = None
    remedy: str | None = None
    started_at: str
    started_unix_s: float
    lock_wait_s: float | None = None
    placement: dict[str, Any] | None = None
    machine: dict[str, Any]
    other_cores: float | None = None
    steal_cores: float | None = None
    versions: dict[str, str] = {}
    search: dict[str, Any] | None = None
    load: LoadFigures | None = None
    server: ServerFigures | None = None
    generator: GeneratorFigures | None = None


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
