from dataclasses import replace

import pandas as pd
import pytest
from servebench.analyse.schema import load_schema, violations
from servebench.analyse.tables import _why_no_ratio, read_table, write_tables
from servebench.config import SystemDefinition
from servebench.histogram import histogram_of, new_histogram, write_hlog
from servebench.machine import Placement, read_machine
from servebench.report.summary import contrast_verdict
from servebench.trial.key import TrialKey
from servebench.trial.record import GeneratorFigures, LoadFigures, ServerFigures, TrialRecord
from servebench.trial.settings import TrialSettings
from support.packages import default_config

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
        machine=replace(read_machine(), load_1min=0.1, logical_cpus=2),
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


@pytest.fixture
def tables(tmp_path):
    results = [make_trial(tmp_path, "fast", r, 1000.0 * r, generator_cpu=0.99, cpu=0.2) for r in (1, 2, 3)]
    results += [make_trial(tmp_path, "slow", r, 100.0 * r, errors={"timeout": 3}) for r in (1, 2, 3)]
    results += [make_trial(tmp_path, "absent", r) for r in (1, 2, 3)]
    write_tables(results, tmp_path / "tables")
    return tmp_path / "tables"


@pytest.mark.parametrize("name", ["trials", "cells", "contrasts"])
def test_tables_keep_their_schemas(tables, name):
    assert violations(read_table(tables, name), load_schema(name)) == []
    columns = [column.name for column in load_schema(name).columns]
    assert list(pd.read_csv(tables / f"{name}.csv").columns) == columns


def test_a_broken_table_is_seen():
    schema = load_schema("contrasts")
    assert violations(pd.DataFrame({"model": ["m"]}), schema)


def test_what_was_not_measured_is_empty_never_zero(tables):
    trials = pd.read_csv(tables / "trials.csv")
    absent = trials[trials["system"] == "absent"]
    numbers = ["throughput_rps", "requests", "errors_total", "latency_p50_ms", "cpu_mean_cores", "order"]
    assert absent[numbers].isna().all().all()
    assert (absent["reason"] == "no compiler").all()


def test_cells_come_in_the_order_given_with_intervals_and_verdicts(tables):
    cells = read_table(tables, "cells").set_index("system")
    assert list(cells.index) == ["fast", "slow", "absent"]
    assert cells.loc["slow", "verdict"] == "capacity"
    assert cells.loc["fast", "verdict"] == "generator-bound"
    assert cells.loc["fast", "throughput_is_lower_bound"]
    assert pd.isna(cells.loc["absent", "verdict"])
    low, mid, high = (cells.loc["slow", f"throughput_rps{end}"] for end in ("_low", "", "_high"))
    assert low < mid < high
    assert cells.loc["slow", "errors_total"] == 9


def test_a_percentile_needs_a_hundred_requests_beyond_it(tables):
    cells = read_table(tables, "cells").set_index("system")
    # slow has 1,800 requests: 180 beyond p90, 18 beyond p99; fast has 18,000: 180 beyond p99, 18 beyond p99.9.
    assert pd.notna(cells.loc["slow", "latency_p90_ms"])
    assert pd.isna(cells.loc["slow", "latency_p99_ms"])
    assert pd.notna(cells.loc["fast", "latency_p99_ms"])
    assert pd.isna(cells.loc["fast", "latency_p99_9_ms"])


def test_contrasts_pair_blocks(tables):
    contrasts = read_table(tables, "contrasts")
    row = contrasts[(contrasts["metric"] == "throughput_rps")].iloc[0]
    assert (row["numerator"], row["denominator"], row["blocks"]) == ("fast", "slow", 3)
    assert row["ratio"] == pytest.approx(10.0)
    # The block effect (1 : 2 : 3) cancels: the ratio is the same in every block.
    assert row["ratio_low"] == pytest.approx(10.0)


def test_another_campaign_is_not_contrasted(tmp_path):
    results = [make_trial(tmp_path, "a", r, 100.0, campaign="one") for r in (1, 2, 3)]
    results += [make_trial(tmp_path, "b", r, 100.0, campaign="two") for r in (1, 2, 3)]
    write_tables(results, tmp_path / "tables")
    row = read_table(tmp_path / "tables", "contrasts").iloc[0]
    assert row["blocks"] == 0
    assert pd.isna(row["ratio"])
    assert contrast_verdict(row, ["capacity", "capacity"]) == "inconclusive: other campaign"


def test_further_repeats_bring_a_later_system_beside_the_others(tmp_path):
    results = [make_trial(tmp_path, "a", r, 100.0, campaign="one" if r < 4 else "three") for r in range(1, 7)]
    results += [make_trial(tmp_path, "b", r, 100.0, campaign="two" if r < 4 else "three") for r in range(1, 7)]
    write_tables(results, tmp_path / "tables")
    row = read_table(tmp_path / "tables", "contrasts").iloc[0]
    assert row["blocks"] == 3
    assert pd.isna(row["reason"])


def test_a_figure_that_a_system_does_not_tell_is_not_blamed_on_the_campaign():
    assert _why_no_ratio(3, 0) == "inconclusive: not measured"
    assert _why_no_ratio(0, 0) == "inconclusive: other campaign"
    assert _why_no_ratio(3, 3) is None


@pytest.mark.parametrize(
    ("low", "high", "pair", "words"),
    [
        (1.5, 2.5, ["capacity", "capacity"], "different"),
        (0.9, 1.1, ["capacity", "capacity"], "the interval holds 1"),
        (1.5, 2.5, ["generator-bound", "capacity"], "a lower bound"),
        (1.5, 2.5, ["capacity", "generator-bound"], "an upper bound"),
        (1.5, 2.5, ["generator-bound", "generator-bound"], "not both are capacities"),
        (None, None, ["capacity", "capacity"], "fewer than 3 blocks"),
    ],
)
def test_what_may_be_claimed_of_a_ratio(low, high, pair, words):
    row = {"ratio": 2.0, "ratio_low": low, "ratio_high": high, "metric": "throughput_rps", "reason": None}
    assert words in contrast_verdict(row, pair)
