from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servebench.build import server_manifest
from servebench.build.builders import BUILDERS
from servebench.build.declared import with_declared_systems
from servebench.build.python_environment import find_requirements
from servebench.build.server_manifest import known_servers, load_server_manifest
from servebench.config import dump_config, parse_config
from servebench.files import read_yaml, write_json, write_text
from servebench.paths import CONFIG, MANIFEST, REPOSITORY, SERVERS, StudyPaths
from servebench.plan.cells import stand_ins, trial_keys, trial_result
from servebench.plan.estimate import is_missing, make_plan, plan_calibration
from servebench.plan.known_machine import KnownMachine, ShownTrials
from servebench.plan.measured import INFERENCE_START_S, MADE_AGAIN
from servebench.plan.order import trial_priority
from servebench.progress import JOB_START_S, format_duration
from servebench.thresholds import MOST_RETRIES, RETRIES_A_TRIAL
from servebench.trial.settings import TrialSettings
from servebench.words import Phase, RowsPerRequest
from support.packages import default_config
from support.servers import write_server


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
    plan = make_plan(config, paths, KnownMachine())
    assert len(plan.trials) == 55
    assert len(plan.missing) == 54
    assert "54 still to make" in plan.describe(config)


@pytest.mark.parametrize("rows", RowsPerRequest)
def test_what_a_server_of_one_row_cannot_be_asked_takes_no_time(tmp_path, monkeypatch, rows):
    monkeypatch.setattr(server_manifest, "SERVERS", tmp_path / "servers")
    write_server(tmp_path / "servers/mine", rows=str(rows))
    definition = {"server": "mine", "inference": "compiled", "threads": "cores"}
    alone = {"systems": ["mine"], "system_catalogue": {"mine": definition}, "also": [], "repeats": 1}
    missing = make_plan(default_config(rows=[1, 16], **alone), StudyPaths(tmp_path), KnownMachine()).missing
    seconds = {key.load_point: seconds for key, seconds in missing.items()}
    assert seconds["users-64"] > JOB_START_S
    assert (seconds["users-64-rows-16"] == JOB_START_S) == (rows is RowsPerRequest.ONE)


def test_a_wished_precision_plans_when_it_looks(tmp_path):
    config, paths, machine = default_config(precision="15%"), StudyPaths(tmp_path), KnownMachine()
    plan = make_plan(config, paths, machine)
    assert list(plan.looks_s) == [5, 15, 40]
    of_five = make_plan(default_config(repeats=5), paths, machine)
    # The repeats that are not needed take their time too.
    assert plan.looks_s[5] == pytest.approx(of_five.expected_s + 35 * 11 * JOB_START_S)
    assert plan.looks_s[40] == pytest.approx(plan.expected_s)
    assert "looks      done after " in plan.describe(config)
    assert "looks" not in of_five.describe(config)


def test_a_study_does_not_wait_for_the_agreement_of_the_generators(tmp_path):
    config, paths = default_config(), StudyPaths(tmp_path)
    before_s = make_plan(config, paths, KnownMachine()).expected_s
    write_json(paths.agreement_calibration, {})
    assert make_plan(config, paths, KnownMachine()).expected_s == before_s


def test_a_calibration_plan_names_what_is_still_to_be_calibrated(tmp_path):
    config = default_config()
    paths = StudyPaths(tmp_path)
    plan = plan_calibration(config, paths, KnownMachine(), is_missing)
    assert "calibrate  generator native, generator locust, the meter, the agreement of the" in plan.describe(config)
    assert "trials" not in plan.describe(config)
    write_json(paths.calibration("native"), {})
    write_json(paths.agreement_calibration, {})
    smaller = plan_calibration(config, paths, KnownMachine(), is_missing)
    assert "calibrate  generator locust, the meter\n" in smaller.describe(config)
    assert smaller.expected_s < plan.expected_s


def with_declared(**changes):
    """The default configuration with changes, and the systems that the servers declare themselves."""
    raw = read_yaml(CONFIG, "")
    catalogues = {name: raw[name] | changes.get(name, {}) for name in raw if name.endswith("_catalogue")}
    return parse_config(with_declared_systems({**raw, **changes, **catalogues}))


def plan_of(tmp_path, machine=None, **changes):
    return make_plan(default_config(**changes), StudyPaths(tmp_path), machine or KnownMachine())


def test_the_plan_is_what_the_default_study_took_on_two_quiet_cpus(tmp_path):
    # Recorded of the study with both loops for every system: 4 min 42 s of trials.
    locust = {"systems": ["fastapi", "crow"], "stand_ins": {"beast": "crow"}, "generators": ["locust"], "users": [200]}
    phases = plan_of(tmp_path, also=[locust], duration_s=3).phases
    assert phases[Phase.TRIALS] == pytest.approx(282, rel=0.1)


def test_the_plan_names_its_phases_and_their_sum(tmp_path):
    plan = plan_of(tmp_path)
    text = plan.describe(default_config())
    assert f"expected   {format_duration(plan.expected_s)}: model 10 s, builds and checks " in text
    assert "disk       1.1 MB of trials; models, builds and environments are not counted" in text
    assert plan.expected_s == pytest.approx(sum(plan.phases.values()))
    assert plan.phases[Phase.TRIALS] == pytest.approx(sum(plan.missing.values()))


def test_what_is_kept_takes_no_time_again(tmp_path):
    kept = KnownMachine(
        compiled=frozenset({"beast", "crow", "loadgen", "calibration"}),
        calibrated=frozenset({"truth-native", "stall-native", "truth-locust", "stall-locust", "meter"}),
    )
    new, again = plan_of(tmp_path).phases, plan_of(tmp_path, kept).phases
    assert again[Phase.BUILD] < new[Phase.BUILD] / 3
    assert again[Phase.CALIBRATE] < new[Phase.CALIBRATE] / 3
    assert again[Phase.TRIALS] == new[Phase.TRIALS]


def test_phases_whose_jobs_are_the_same_in_every_study_are_scaled_by_this_machines_pace(tmp_path):
    plan, slower = plan_of(tmp_path), plan_of(tmp_path, KnownMachine(pace={Phase.PREPARE: 1.5, Phase.REPORT: 2.0}))
    assert slower.phases[Phase.PREPARE] == pytest.approx(1.5 * plan.phases[Phase.PREPARE])
    assert slower.phases[Phase.REPORT] == pytest.approx(2 * plan.phases[Phase.REPORT])
    assert slower.missing == plan.missing


def test_what_a_systems_trials_and_checks_showed_here_replaces_what_was_measured_elsewhere(tmp_path):
    alone = {"systems": ["fastapi"], "rates": [], "also": [], "repeats": 10, "warmup_s": 1, "duration_s": 2}
    shown = ShownTrials(start_s=7.0, made_again=0.4)
    known = plan_of(tmp_path, KnownMachine(trials={"fastapi/native": shown}), **alone)
    assert known.phases[Phase.TRIALS] == pytest.approx(10 * (JOB_START_S + 10.0 * 1.4))
    before = plan_of(tmp_path, **alone).phases[Phase.BUILD]
    slower = plan_of(tmp_path, KnownMachine(checks={"fastapi": 100.0}), **alone).phases[Phase.BUILD]
    assert slower > before + 90


def test_no_more_windows_are_made_again_than_a_campaign_allows(tmp_path):
    alone = {"systems": ["fastapi"], "rates": [], "also": [], "repeats": 100, "warmup_s": 1, "duration_s": 2}
    never_quiet = KnownMachine(trials={"fastapi/native": ShownTrials(start_s=7.0, made_again=2.0)})
    trials_s = plan_of(tmp_path, never_quiet, **alone).phases[Phase.TRIALS]
    again = 100 * RETRIES_A_TRIAL + MOST_RETRIES
    assert trials_s == pytest.approx(100 * JOB_START_S + 10.0 * (100 + again))


def test_where_windows_were_made_again_here_those_of_other_systems_will_be(tmp_path):
    disturbed = KnownMachine(trials={"crow/native": ShownTrials(start_s=0.1, made_again=0.5)})
    quiet, again = (plan_of(tmp_path, machine, systems=["beast"], also=[]) for machine in (None, disturbed))
    assert again.phases[Phase.TRIALS] > 1.3 * quiet.phases[Phase.TRIALS]


def test_the_plan_says_what_a_machine_that_others_use_may_make_of_it(tmp_path):
    plan = plan_of(tmp_path)
    assert plan.most_s > 1.2 * plan.expected_s
    assert f"; up to {format_duration(plan.most_s)} where others disturb it" in plan.describe(default_config())


def test_the_plan_is_a_bound_until_it_is_known_which_systems_can_answer_a_model_of_a_file(tmp_path):
    churn = {"model_catalogue": {"churn": {"path": "churn.joblib", "sample": "churn.csv"}}, "models": ["churn"]}
    said = "; less if some systems cannot answer churn"
    assert said in plan_of(tmp_path, **churn).describe(default_config(**churn))
    assert said not in plan_of(tmp_path).describe(default_config())
    write_json(StudyPaths(tmp_path).compiled("churn") / MANIFEST, {"status": "built"})
    assert said not in plan_of(tmp_path, **churn).describe(default_config(**churn))


def test_the_plan_says_what_the_last_call_of_the_study_had_otherwise(tmp_path):
    paths, first = StudyPaths(tmp_path), default_config(systems=["fastapi", "beast"], also=[], repeats=3)
    assert "changed" not in make_plan(first, paths, KnownMachine()).describe(first)
    write_text(paths.config, dump_config(first))
    assert "changed" not in make_plan(first, paths, KnownMachine()).describe(first)
    second = default_config(systems=["crow"])
    assert (
        f"changed    the last call had systems fastapi, beast, also, repeats 3; CONFIG={paths.config} goes on with it"
        in make_plan(second, paths, KnownMachine()).describe(second).splitlines()
    )


def test_a_call_that_may_measure_again_asks_nothing_else(tmp_path):
    paths = StudyPaths(tmp_path)
    write_text(paths.config, dump_config(default_config().without_permission))
    again = default_config(remeasure=True)
    assert "changed" not in make_plan(again, paths, KnownMachine()).describe(again)


def test_a_last_call_of_a_version_that_is_not_read_any_more_changes_nothing(tmp_path):
    config = default_config()
    write_text(StudyPaths(tmp_path).config, "study: x\nunheard: of\n")
    assert "changed" not in make_plan(config, StudyPaths(tmp_path), KnownMachine()).describe(config)


def test_the_plan_says_what_is_not_kept_yet(tmp_path):
    changes = {"systems": ["fastapi", "litserve", "crow"], "also": []}
    config = with_declared(**changes)
    text = make_plan(config, StudyPaths(tmp_path), KnownMachine()).describe(config)
    (line,) = [line for line in text.splitlines() if line.startswith("not kept")]
    assert line == (
        "not kept   environments of litserve (36 packages); compiled crow, calibration, loadgen; "
        "calibrated truth-native, stall-native, meter"
    )
    kept = KnownMachine(
        compiled=frozenset({"crow", "calibration", "loadgen"}),
        calibrated=frozenset({"truth-native", "stall-native", "meter"}),
        environments=frozenset({"litserve"}),
    )
    after = make_plan(config, StudyPaths(tmp_path), kept)
    assert "not kept" not in after.describe(config)
    assert after.expected_s < make_plan(config, StudyPaths(tmp_path), KnownMachine()).expected_s - 40


@pytest.mark.parametrize("name", ["serving", "python", "languages"])
def test_the_plan_is_right_within_15_percent_of_what_was_recorded(tmp_path, name):
    recorded = read_yaml(REPOSITORY / "tests/recorded/runs.yaml", "")[name]
    config = with_declared(**read_yaml(REPOSITORY / f"config/{name}.yaml", ""))
    kept = KnownMachine(
        compiled=frozenset(recorded["compiled"]),
        calibrated=frozenset(recorded["calibrated"]),
        environments=frozenset(known_servers()),
    )
    phases = make_plan(config, StudyPaths(tmp_path), kept).phases
    took = {Phase[phase]: seconds for phase, seconds in recorded["took"].items()}
    assert sum(phases[phase] for phase in took) == pytest.approx(sum(took.values()), rel=0.15)


def test_every_server_that_brings_its_packages_has_a_measured_environment():
    with_packages = {name for name in known_servers() if find_requirements(SERVERS / name) is not None}
    assert with_packages == {name for name in known_servers() if load_server_manifest(name).plan.environment_s}


def test_trials_of_a_system_that_is_not_there_take_nothing_but_its_stand_ins(tmp_path):
    absent = KnownMachine(unavailable=frozenset({"crow"}))
    whole, partly = plan_of(tmp_path), plan_of(tmp_path, absent)
    stand_in = [key for key in whole.missing if (key.system, key.generator) == ("beast", "locust")]
    crow = [key for key in whole.missing if key.system == "crow"]
    assert all(whole.missing[key] < 1 < partly.missing[key] for key in stand_in)
    assert all(partly.missing[key] < 1 < whole.missing[key] for key in crow)
    # This study's own builds know better than the last run.
    write_json(StudyPaths(tmp_path).build("digits-boosting", "crow") / MANIFEST, {"status": "built"})
    assert plan_of(tmp_path, absent).missing == whole.missing


def test_a_finished_study_takes_no_time(tmp_path):
    config = default_config(systems=["beast"], generators=["native"], also=[], repeats=1)
    paths = StudyPaths(tmp_path)
    done = [trial_result(paths, key) for key in trial_keys(config)]
    done += [paths.compiled("digits-boosting") / MANIFEST, paths.check("digits-boosting", "beast"), paths.summary]
    done += [paths.calibration("native"), paths.meter_calibration, paths.agreement_calibration]
    for path in done:
        write_json(path, {"status": "built"})
    assert make_plan(config, paths, KnownMachine(compiled=frozenset({"loadgen", "calibration"}))).expected_s == 0


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


def test_a_server_that_starts_slowly_says_so_itself(tmp_path, monkeypatch):
    before = plan_of(tmp_path, systems=["fastapi"], rates=[], also=[], repeats=5).phases[Phase.TRIALS]
    server = load_server_manifest("fastapi")
    slow = server.model_copy(update={"start_s": BUILDERS[server.builder].start_s + INFERENCE_START_S["sklearn"] + 7})
    monkeypatch.setattr("servebench.plan.trial_seconds.fitting_manifest", lambda *_: slow)
    after = plan_of(tmp_path, systems=["fastapi"], rates=[], also=[], repeats=5).phases[Phase.TRIALS]
    assert after == pytest.approx(before + 5 * 7 * (1 + MADE_AGAIN))


def test_load_hosts_are_told_and_take_their_time(tmp_path):
    hosts = {"load_hosts": ["a", "b"], "server_address": "198.18.0.1"}
    here, there = plan_of(tmp_path), plan_of(tmp_path, **hosts)
    assert "from       a, b to 198.18.0.1" in there.describe(default_config(**hosts))
    assert "from " not in here.describe(default_config())
    assert there.phases[Phase.CALIBRATE] > here.phases[Phase.CALIBRATE]
    assert there.phases[Phase.TRIALS] > here.phases[Phase.TRIALS]
