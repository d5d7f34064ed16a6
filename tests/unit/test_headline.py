from servebench.report.sections.headline import headline
from support.trials import make_trial, study_data


def section(tmp_path, results):
    return headline(study_data(tmp_path / "study", results))


def test_capacities_come_with_their_ratios_and_bounds_stay_out(tmp_path):
    results = [make_trial(tmp_path, "slow", r, 100.0 + r) for r in (1, 2, 3)]
    results += [make_trial(tmp_path, "fast", r, 1000.0 + 10 * r) for r in (1, 2, 3)]
    results += [make_trial(tmp_path, "bound", r, 5000.0 + r, cpu=0.2, generator_cpu=0.99) for r in (1, 2, 3)]
    capacity, ratio = section(tmp_path, results).splitlines()[2:]
    assert capacity.index("`fast` 1,020 [") < capacity.index("`slow` 102 [")
    assert "on 1 CPU," in capacity
    assert "bound" not in capacity
    assert "`fast` serves 10 [10, 10] times what `slow` does" in ratio


def test_of_several_loops_the_largest_throughput_is_the_capacity(tmp_path):
    results = [make_trial(tmp_path, "a", r, 900.0 + r, load_point="users-2") for r in (1, 2, 3)]
    results += [make_trial(tmp_path, "a", r, 1000.0 + r, load_point="users-64") for r in (1, 2, 3)]
    assert "capacity (locust, 64 users)" in section(tmp_path, results)


def test_what_cannot_be_told_apart_is_said(tmp_path):
    results = [make_trial(tmp_path, "a", r, 100.0 + 10 * r) for r in (1, 2, 3)]
    results += [make_trial(tmp_path, "b", r, 140.0 - 10 * r) for r in (1, 2, 3)]
    assert "undecided: the interval holds 1" in section(tmp_path, results)


def test_a_capacity_that_is_not_cpu_is_one(tmp_path):
    parts = {"generator": {"run_queue_share": 0.001}}
    results = [
        make_trial(tmp_path, "a", r, 1000.0 + r, cpu=0.5, load_point=f"users-{users}", parts=parts)
        for users in (64, 128)
        for r in (1, 2, 3)
    ]
    assert "capacity (locust, 64 users): `a` 1,000 [" in section(tmp_path, results)


def test_latencies_stand_at_a_rate_that_is_held(tmp_path):
    results = [make_trial(tmp_path, "a", r, 1000.0, load_point="rate-1000", cpu=0.3) for r in (1, 2, 3)]
    assert "p95 at 1,000 requests/s (locust): `a` 1 [1, 1] ms" in section(tmp_path, results)


def test_without_a_verdict_there_is_no_headline(tmp_path):
    assert section(tmp_path, [make_trial(tmp_path, "a", r, 100.0, cpu=0.2) for r in (1, 2, 3)]) == ""
