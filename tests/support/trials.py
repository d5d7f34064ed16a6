"""Trials as they lie in a study's folder, with the figures that a test wants."""

from servebench.config import SystemDefinition
from servebench.histogram import histogram_of, new_histogram, write_hlog
from servebench.machine import MachineFacts, Placement
from servebench.trial.key import TrialKey
from servebench.trial.record import GeneratorFigures, LoadFigures, ServerFigures, TrialRecord
from servebench.trial.settings import TrialSettings

from support.packages import default_config

MACHINE = MachineFacts("a CPU", 2, 4096, "6.1", "Linux", None, 0.1, "3.11.7")
OPEN_LOOP = {"scheduled": 900, "waited_for_connection": 0, "in_flight": 0, "unsent": 0, "send_delay_p99_ms": 0.1}


def load_figures(throughput, errors=None, load_point="users-64"):
    latencies = dict.fromkeys(
        [f"latency_{name}_ms" for name in ("min", "mean", "p50", "p90", "p95", "p99", "p99_9", "max")], 1.0
    )
    return LoadFigures(
        window_s=3,
        requests=int(throughput * 3),
        errors=errors or {},
        throughput_rps=throughput,
        answers_checked=1,
        **latencies,
        **(OPEN_LOOP if load_point.startswith("rate") else {}),
    )


def server_figures(cpu, cpu_us):
    memory = dict.fromkeys(
        ["rest_pss_mib", "rest_rss_mib", "pss_mean_mib", "pss_peak_mib", "rss_mean_mib", "rss_peak_mib"], 10.0
    )
    return ServerFigures(
        command=["./run"],
        health={},
        affinity=[1],
        cpus=1,
        parallelism=1,
        ready_s=0.1,
        cpu_mean_cores=cpu,
        cpu_peak_cores=cpu,
        cpu_us_per_request=cpu_us,
        threads_peak=1,
        processes_peak=1,
        **memory,
    )


def settings_of(server, inference):
    config = default_config()
    key = TrialKey(model="digits-boosting", system="fastapi", generator="locust", load_point="users-1", repeat=1)
    system = SystemDefinition.model_validate({"server": server, "inference": inference, "workers": 1})
    return TrialSettings.of(config, key).model_copy(update={"system": system})


def make_trial(
    folder,
    system,
    repeat,
    throughput=None,
    campaign="one",
    cpu=0.99,
    generator_cpu=0.3,
    errors=None,
    load_point="users-64",
    server=None,
    inference="compiled",
    cpu_us=50.0,
):
    """Write one trial's raw files; without a throughput it was not measured."""
    is_measured = throughput is not None
    record = TrialRecord(
        study="s",
        campaign=campaign,
        key=TrialKey(model="m", system=system, generator="locust", load_point=load_point, repeat=repeat),
        settings=settings_of(server or system, inference),
        outcome="measured" if is_measured else "not measured",
        reason=None if is_measured else "no compiler",
        remedy=None if is_measured else "install one",
        started_at="2026-01-01T00:00:00+00:00",
        started_unix_s=float(repeat),
        machine=MACHINE,
        placement=Placement((1,), (0,), True, False) if is_measured else None,
        load=load_figures(throughput, errors, load_point) if is_measured else None,
        server=server_figures(cpu, cpu_us) if is_measured else None,
        generator=GeneratorFigures(
            command=["g"], processes=1, affinity=[0], cpu_mean_cores=generator_cpu, cpu_utilization=generator_cpu
        )
        if is_measured
        else None,
    )
    path = folder / system / "locust" / load_point / str(repeat)
    path.mkdir(parents=True)
    (path / "result.json").write_text(record.model_dump_json())
    histogram = histogram_of([(1_000_000, int(throughput * 3))]) if is_measured else new_histogram()
    write_hlog(path / "latency.hlog", histogram, 0.0, 3.0)
    return path / "result.json"
