import pytest
from servebench.analyse.surprise import better_of, surprises
from servebench.report.sections.contrasts import MOST_SURPRISES, NO_SURPRISE, contrasts
from support.trials import make_trial, study_data


def repeats(folder, system, throughput, cpu_us=50.0, **changes):
    return [
        make_trial(folder / "trials", system, r, throughput * (1 + r / 1000), cpu_us=cpu_us, **changes)
        for r in (1, 2, 3)
    ]


def found_in(data):
    """Of each surprise the figure, who is better in it, and by how much at least."""
    every = surprises(data.contrasts, data.contrasts)
    return [(found.row["metric"], better_of(found.row), round(found.factor, 3)) for found in every]


def test_a_figure_in_which_the_slower_one_is_better_surprises(tmp_path):
    data = study_data(tmp_path, repeats(tmp_path, "fast", 200.0) + repeats(tmp_path, "slow", 100.0, cpu_us=25.0))
    assert found_in(data) == [("cpu_us_per_request", "slow", 2.0)]
    text = contrasts(data)
    assert (
        "| 64 users | CPU per request | fast / slow | 2 [2, 2] | slow | fast (throughput, 64 users: 2 [2, 2]) |" in text
    )


def test_what_goes_with_the_primary_figure_surprises_nobody(tmp_path):
    data = study_data(tmp_path, repeats(tmp_path, "fast", 200.0, cpu_us=25.0) + repeats(tmp_path, "slow", 100.0))
    assert found_in(data) == []
    assert NO_SURPRISE in contrasts(data)


def test_of_two_that_are_the_same_every_difference_surprises(tmp_path):
    data = study_data(tmp_path, repeats(tmp_path, "a", 100.0) + repeats(tmp_path, "b", 100.0, cpu_us=20.0))
    assert found_in(data) == [("cpu_us_per_request", "b", 2.5)]
    assert "| b | the same (throughput, 64 users: 1 [1, 1]) |" in contrasts(data)


def test_the_most_surprising_stands_first(tmp_path):
    results = repeats(tmp_path, "fast", 300.0)
    results += repeats(tmp_path, "middle", 200.0, cpu_us=25.0) + repeats(tmp_path, "slow", 100.0, cpu_us=5.0)
    factors = [factor for _, _, factor in found_in(study_data(tmp_path, results))]
    assert factors == [10.0, 5.0, 2.0]


def test_a_bound_decides_on_its_own_side_only(tmp_path):
    limited = {"cpu": 0.2, "generator_cpu": 0.99}
    results = repeats(tmp_path, "fast", 200.0, **limited) + repeats(tmp_path, "slow", 100.0, cpu_us=25.0)
    # At least twice as fast, and yet dearer.
    assert found_in(study_data(tmp_path, results)) == [("cpu_us_per_request", "slow", 2.0)]
    other = tmp_path / "other"
    results = repeats(other, "fast", 200.0) + repeats(other, "slow", 100.0, cpu_us=25.0, **limited)
    # At most twice as fast: who is faster is not known.
    assert found_in(study_data(other, results)) == []


def test_many_surprises_are_cut_and_counted(tmp_path):
    names = "abcdef"
    results = [t for place, name in enumerate(names) for t in repeats(tmp_path, name, 100.0, cpu_us=50.0 * 2**place)]
    data = study_data(tmp_path, results)
    more = len(found_in(data)) - MOST_SURPRISES
    assert more > 0
    assert f"And {more} more, which differ by less." in contrasts(data)


@pytest.mark.parametrize("generators", [("locust",), ("locust", "native")])
def test_model_and_generator_head_a_table_instead_of_each_row(tmp_path, generators):
    results = [
        trial
        for generator in generators
        for name, speed in (("a", 100.0), ("b", 200.0))
        for trial in repeats(tmp_path, name, speed, generator=generator)
    ]
    text = contrasts(study_data(tmp_path, results))
    assert ("**m, load by locust**" in text) == (len(generators) > 1)
    assert "| m |" not in text
