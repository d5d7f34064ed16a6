"""The search for a rate in a real trial."""

from types import SimpleNamespace

import pytest
from servebench.objective import Objective
from servebench.trial.run import _search_failed, run_trial
from servebench.trial.search import GENERATOR_LATE, Probe, Search
from support.packages import make_package, trial_request

OBJECTIVE = Objective.parse("p99 <= 50 ms")


def test_a_real_trial_searches_its_rate_and_keeps_the_objective(cancer_model, tmp_path):
    make_package("fastapi-compiled", cancer_model, tmp_path / "package")
    request = trial_request(
        tmp_path / "package", cancer_model, tmp_path / "trials", generator="native", duration_s=2.0,
        load_point="objective", objective="p90 <= 100 ms",
    )  # fmt: skip
    record = run_trial(request, None)
    assert record.outcome == "measured", record.reason
    assert record.load.latency_p90_ms <= 100
    assert record.load.throughput_rps == pytest.approx(record.search["rate_rps"], rel=0.05)
    assert 0.05 * record.search["capacity_rps"] <= record.search["rate_rps"] <= record.search["capacity_rps"]
    assert not list((tmp_path / "trials").glob("**/probe"))


def test_an_objective_that_cannot_be_kept_is_not_measured(cancer_model, tmp_path):
    make_package("fastapi-compiled", cancer_model, tmp_path / "package")
    request = trial_request(
        tmp_path / "package", cancer_model, tmp_path / "trials", generator="native",
        load_point="objective", objective="p50 <= 0.001 ms",
    )  # fmt: skip
    record = run_trial(request, None)
    assert record.outcome == "not measured"
    assert record.reason.startswith("misses p50 <= 0.001 ms even at")


@pytest.mark.parametrize(
    ("search", "reason", "remedy"),
    [
        (Search(100.0, None, (Probe(5, 1.0, 5, 60.0, "60 ms"),)), "misses p99 <= 50 ms even at 5 ", "wider objective"),
        (Search(100.0, None, (Probe(5, 1.0, 5, 9.0, GENERATOR_LATE),)), "could not be judged", "quieter machine"),
        (Search(100.0, 60, lowerings=6, repetitions=2), "in 2 windows the generator was late", "wider objective"),
    ],
)
def test_why_there_is_no_rate_does_not_blame_the_server_for_the_generator(tmp_path, search, reason, remedy):
    request = trial_request(tmp_path, tmp_path, tmp_path, load_point="objective", objective=str(OBJECTIVE))
    record = _search_failed(request, search, SimpleNamespace(is_alive=lambda: True)).record
    assert record.outcome == "not measured"
    assert reason in record.reason
    assert remedy in record.remedy
