from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servebench.files import write_json
from servebench.paths import StudyPaths
from servebench.plan.cells import stand_ins, trial_keys
from servebench.plan.estimate import NOT_NEEDED_S, format_duration, is_missing, make_plan, plan_calibration
from servebench.plan.order import trial_priority
from servebench.trial.settings import TrialSettings
from support.packages import default_config


def order(config):
    return sorted(trial_keys(config), key=lambda key: -trial_priority(config.seed, key))


def test_trials_are_made_in_blocks_of_one_repeat():
    assert [key.repeat for key in order(default_config())] == sorted(key.repeat for key in trial_keys(default_config()))


def groups(keys):
    """Load points in the order of their trials, each once a visit."""
    return [group for group, _ in groupby(keys, lambda key: (key.repeat, key.model, key.generator, key.load_point))]


@given(
    st.integers(0, 10_000),
    st.lists(st.integers(1, 1000), min_size=1, max_size=6, unique=True),
    st.lists(st.sampled_from(["crow", "beast", "fastapi", "fastapi-compiled"]), min_size=1, unique=True),
)
def test_the_systems_of_a_load_point_stand_next_to_each_other_in_every_block(seed, users, systems):
    config = default_config(seed=seed, users=users, systems=systems, generators=["native", "locust"], repeats=3)
    visits = groups(order(config))
    assert len(visits) == len(set(visits))


def test_load_points_and_their_systems_are_in_another_order_in_each_block():
    config = default_config(users=[1, 2, 4, 8, 16], rates=[], also=[], repeats=3)
    keys = order(config)
    blocks = [[group[1:] for group in groups(keys) if group[0] == repeat] for repeat in (1, 2, 3)]
    assert blocks[0] != blocks[1] != blocks[2]
    assert sorted(blocks[0]) == sorted(blocks[1])
    systems = [[key.system for key in keys if (key.repeat, key.load_point) == (1, f"users-{n}")] for n in (1, 2, 4, 8)]
    assert any(order != systems[0] for order in systems)


def test_each_system_and_each_load_point_is_as_often_first_as_another():
    cells = {"systems": ["crow", "fastapi"], "users": [1, 2], "rates": [], "also": [], "repeats": 1}
    firsts = [order(default_config(seed=seed, **cells))[0] for seed in range(400)]
    # Within four standard deviations of a fair coin.
    assert 160 <= sum(key.system == "crow" for key in firsts) <= 240
    assert 160 <= sum(key.load_point == "users-1" for key in firsts) <= 240


@given(st.lists(st.integers(2, 1000), min_size=1, max_size=5, unique=True))
def test_added_points_systems_and_repeats_never_reorder_old_ones(users):
    old = default_config(users=[1], rates=[7], systems=["crow", "fastapi"], repeats=2)
    new = default_config(users=[1, *users], rates=[7, 9], systems=["beast", "crow", "fastapi"], repeats=3)
    old_keys = set(trial_keys(old))
    assert [key for key in order(new) if key in old_keys] == order(old)


def test_every_trial_comes_after_everything_before_the_trials():
    assert all(trial_priority(1, key) < 0 for key in trial_keys(default_config()))


def test_the_seed_changes_the_order():
    assert order(default_config(seed=1)) != order(default_config(seed=2))


def test_the_plan_counts_what_is_missing(tmp_path):
    config = default_config()
    paths = StudyPaths(tmp_path)
    key = trial_keys(config)[0]
    folder = paths.trial(key.model, key.system, key.generator, key.load_point, key.repeat)
    write_json(folder / "result.json", {"settings": TrialSettings.of(config, key).as_params()})
    plan = make_plan(config, paths)
    assert len(plan.trials) == 55
    assert len(plan.missing) == 54
    assert "54 still to make" in plan.describe(config)


def test_a_wished_precision_plans_when_it_looks(tmp_path):
    config = default_config(precision="15%")
    plan = make_plan(config, StudyPaths(tmp_path))
    assert list(plan.looks_s) == [5, 15, 40]
    of_five = make_plan(default_config(repeats=5), StudyPaths(tmp_path))
    # The repeats that are not needed take their time too; of a system and its stand-in one counts.
    assert plan.looks_s[5] == pytest.approx(of_five.expected_s + 35 * 10 * NOT_NEEDED_S)
    assert plan.looks_s[40] == pytest.approx(plan.expected_s)
    assert "looks      done after " in plan.describe(config)
    assert "looks" not in make_plan(default_config(), StudyPaths(tmp_path)).describe(default_config())


def test_a_study_does_not_wait_for_the_agreement_of_the_generators(tmp_path):
    config, paths = default_config(), StudyPaths(tmp_path)
    before_s = make_plan(config, paths).expected_s
    write_json(paths.agreement_calibration, {})
    assert make_plan(config, paths).expected_s == before_s


def test_a_calibration_plan_names_what_is_still_to_be_calibrated(tmp_path):
    config = default_config()
    paths = StudyPaths(tmp_path)
    plan = plan_calibration(config, paths, is_missing)
    assert "calibrate  generator native, generator locust, the meter, the agreement of the" in plan.describe(config)
    assert "trials" not in plan.describe(config)
    write_json(paths.calibration("native"), {})
    write_json(paths.agreement_calibration, {})
    smaller = plan_calibration(config, paths, is_missing)
    assert "calibrate  generator locust, the meter\n" in smaller.describe(config)
    assert smaller.expected_s < plan.expected_s


@pytest.mark.parametrize(("seconds", "text"), [(5, "5 s"), (65, "1 min 5 s"), (7200, "2 h 0 min")])
def test_durations_read_well(seconds, text):
    assert format_duration(seconds) == text


def test_further_cells_are_added_once():
    group = {"systems": ["fastapi"], "generators": ["native", "locust"], "users": [1], "rates": []}
    config = default_config(systems=["fastapi"], users=[1], rates=[], also=[group], repeats=1)
    assert [(key.system, key.generator) for key in trial_keys(config)] == [("fastapi", "native"), ("fastapi", "locust")]


def test_a_stand_in_is_measured_only_for_a_system_that_is_not_there():
    group = {"systems": ["fastapi", "crow"], "stand_ins": {"beast": "crow"}, "generators": ["locust"], "users": [1]}
    config = default_config(systems=["fastapi"], generators=["native"], also=[group], repeats=1)
    locust = [key.system for key in trial_keys(config) if key.generator == "locust"]
    assert locust == ["fastapi", "crow", "beast"]
    assert stand_ins(config) == {("digits-boosting", "beast", "locust", "users-1"): "crow"}
    # What is wanted for its own sake stands in for nobody.
    wanted = default_config(systems=["beast"], generators=["locust"], users=[1], rates=[], also=[group])
    assert stand_ins(wanted) == {}


@pytest.mark.parametrize(
    ("stand_ins", "words"),
    [
        ({"beast": "nginx"}, "none of the systems here"),
        ({"fastapi": "crow"}, "one of the systems here already"),
        ({"nobody": "crow"}, "unknown name 'nobody'"),
    ],
)
def test_a_stand_in_must_make_sense(stand_ins, words):
    group = {"systems": ["fastapi", "crow"], "stand_ins": stand_ins, "generators": ["locust"], "users": [1]}
    with pytest.raises(ValueError, match=words):
        default_config(also=[group])
