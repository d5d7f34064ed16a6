import json

import pytest
from servebench.analyse.raw import read_trials
from servebench.analyse.trials import trials_table
from support.trials import UNTOLD, make_trial


def table(results):
    return trials_table(read_trials(results)).set_index("system")


def test_what_was_not_measured_is_empty_never_zero(tmp_path):
    trial = table([make_trial(tmp_path, "absent", 1)]).loc["absent"]
    numbers = ["throughput_rps", "requests", "errors_total", "latency_p50_ms", "cpu_mean_cores", "order", "load_before"]
    assert trial[numbers].isna().all()
    assert trial["reason"] == "no compiler"


def test_trials_come_in_the_order_of_measuring(tmp_path):
    results = [make_trial(tmp_path, name, repeat, 100.0) for name, repeat in (("c", 3), ("a", 1), ("b", 2))]
    assert list(table(results).index) == ["a", "b", "c"]
    assert list(table(results)["order"]) == [1, 2, 3]


@pytest.mark.parametrize(
    ("point", "loop", "users", "rate"),
    [("users-4", "closed", 4, None), ("rate-300", "open", None, 300), ("share-60", "share", None, 480)],
)
def test_a_load_point_says_its_loop_users_and_rate(tmp_path, point, loop, users, rate):
    searched_rps = None if point != "share-60" else rate
    result = make_trial(tmp_path, "a", 1, 300.0, load_point=point, searched_rps=searched_rps)
    trial = table([result]).loc["a"]
    assert trial["loop"] == loop
    assert trial["users"] == users if users else trial.isna()["users"]
    assert trial["rate_rps"] == rate if rate else trial.isna()["rate_rps"]


def test_how_often_a_server_left_its_cpus_is_told_a_request_and_empty_where_nobody_says(tmp_path):
    names = [f"{name}_per_request" for name in ("voluntary_switches", "involuntary_switches")]
    told, untold = make_trial(tmp_path, "a", 1, 100.0), make_trial(tmp_path, "b", 1, 100.0, parts=UNTOLD)
    assert list(table([told]).loc["a", names]) == [1.0, 0.2]
    assert table([untold]).loc["b", names].isna().all()


def test_figures_are_the_records_and_what_is_derived_from_them(tmp_path):
    trial = table([make_trial(tmp_path, "a", 1, 100.0, errors={"timeout": 100})]).loc["a"]
    assert (trial["requests"], trial["errors_total"], trial["error_rate"]) == (300, 100, 0.25)
    assert trial["server_cpu_utilization"] == 0.99
    assert trial["load_before_per_cpu"] == 0.05
    assert json.loads(trial["errors"]) == {"timeout": 100}


def test_a_closed_loop_that_slows_down_has_a_trend(tmp_path):
    result = make_trial(tmp_path, "a", 1, 100.0)
    (result.parent / "series.csv").write_text("second,good,errors\n0,120,0\n1,100,0\n2,80,0\n")
    assert table([result]).loc["a", "throughput_trend"] == pytest.approx(-0.4)


@pytest.mark.parametrize(("point", "rows"), [("users-4", 1), ("rate-300-rows-16", 16)])
def test_what_a_request_brings_and_costs_is_told_a_row(tmp_path, point, rows):
    trial = table([make_trial(tmp_path, "a", 1, 300.0, load_point=point, cpu_us=50.0)]).loc["a"]
    assert trial["rows"] == rows
    assert trial["rows_per_s"] == 300.0 * rows
    assert trial["cpu_us_per_row"] == 50.0 / rows
    absent = table([make_trial(tmp_path / "absent", "a", 1, load_point=point)]).loc["a"]
    assert absent[["rows_per_s", "cpu_us_per_row"]].isna().all()
