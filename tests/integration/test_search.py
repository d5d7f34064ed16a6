"""The search for a rate in a real trial."""

import pytest
from servebench.trial.run import run_trial
from support.packages import make_package, trial_request
from support.quiet import undisturbed


def test_a_real_trial_searches_its_rate_and_keeps_the_objective(cancer_model, tmp_path):
    make_package("fastapi-compiled", cancer_model, tmp_path / "package")

    def make(attempt):
        request = trial_request(
            tmp_path / "package", cancer_model, tmp_path / f"trials-{attempt}", generator="native", duration_s=2.0,
            load_point="objective", objective="p90 <= 100 ms",
        )  # fmt: skip
        return run_trial(request, None)

    def disturbance(record):
        return record.reason if record.reason and "the machine was disturbed" in record.reason else None

    record = undisturbed(make, disturbance)
    assert record.outcome == "measured", record.reason
    assert record.load.latency_p90_ms <= 100
    assert record.load.throughput_rps == pytest.approx(record.search.rate_rps, rel=0.05)
    assert record.arrivals == "poisson"
    assert 0.05 * record.search.capacity_rps <= record.search.rate_rps <= record.search.capacity_rps
    assert not list(tmp_path.glob("trials-*/**/probe"))


def test_an_objective_that_cannot_be_kept_is_not_measured(cancer_model, tmp_path):
    make_package("fastapi-compiled", cancer_model, tmp_path / "package")
    request = trial_request(
        tmp_path / "package", cancer_model, tmp_path / "trials", generator="native",
        load_point="objective", objective="p50 <= 0.001 ms",
    )  # fmt: skip
    record = run_trial(request, None)
    assert record.outcome == "not measured"
    assert record.reason.startswith("misses p50 <= 0.001 ms even at")
