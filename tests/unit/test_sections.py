from dataclasses import replace

import pytest
from servebench.build.endpoint import deviation
from servebench.config import parse_system
from servebench.errors import ServebenchError
from servebench.files import write_json
from servebench.load_point import parse_load_point
from servebench.profile.functions import FunctionShare
from servebench.report.answer import identity
from servebench.report.sections import DETAILS, SUMMARY
from servebench.report.sections.answer import answer
from servebench.report.sections.contrasts import contrasts
from servebench.report.sections.deviations import deviations
from servebench.report.sections.equality import equality
from servebench.report.sections.float32 import float32
from servebench.report.sections.instances import instances
from servebench.report.sections.not_measured import not_measured
from servebench.report.sections.profiles import profiles
from servebench.report.sections.reproduce import reproduce
from servebench.report.sections.setting import setting
from servebench.report.sections.throughput import throughput
from servebench.report.sections.warnings import warnings, warnings_in_short
from servebench.words import Advice, ContrastWord, Loop, VerdictWord
from support.packages import default_config
from support.profiles import profile_record, write_profile
from support.trials import make_trial, study_data

MANIFEST = {
    "definition": {"estimator": "gradient_boosting", "dataset": "digits"},
    "n_features": 64,
    "held_out": {"metric": "accuracy", "value": 0.95},
}


@pytest.fixture
def data(tmp_path):
    study = tmp_path / "study"
    results = [make_trial(study / "trials", "fastapi", r, 100.0 + r, errors={"timeout": 1}) for r in (1, 2, 3)]
    results += [make_trial(study / "trials", "beast", r, 1000.0 + r) for r in (1, 2, 3)]
    results += [make_trial(study / "trials", "beast", r, 50.0, load_point="rate-50", cpu=0.1) for r in (1, 2, 3)]
    results += [make_trial(study / "trials", "crow", r) for r in (1, 2, 3)]
    return study_data(study, results)


POINTS = {
    Loop.CLOSED: "users-64",
    Loop.OPEN: "rate-300",
    Loop.SHARE: "share-60",
    Loop.OBJECTIVE: "objective",
}


@pytest.mark.parametrize("loop", Loop)
def test_every_load_shape_is_judged_contrasted_and_shown(tmp_path, loop):
    study, point = tmp_path / "study", POINTS[loop]
    searched = {"searched_rps": 300} if loop in (Loop.SHARE, Loop.OBJECTIVE) else {}
    results = [
        make_trial(study / "trials", name, r, 300.0 + r, load_point=point, **searched)
        for name in ("fastapi", "beast")
        for r in (1, 2, 3)
    ]
    data = study_data(study, results, objective="p99 <= 50 ms", target_rps=[1000])
    label = parse_load_point(point).label
    assert data.measured_cells["verdict"].notna().all()
    assert f"| fastapi | {label} |" in throughput(data)
    assert f"| {label} | CPU per request | beast / fastapi | 3 |" in contrasts(data)
    assert ("instances for 1,000/s" in instances(data)) == (loop is Loop.OBJECTIVE)


def study_at_objective(folder, arrivals):
    results = [
        make_trial(folder / "trials", "beast", r, 300.0, load_point="objective", searched_rps=300, arrivals=arrivals)
        for r in (1, 2, 3)
    ]
    return study_data(folder, results, objective="p99 <= 50 ms", target_rps=[1000])


def test_instances_for_users_who_come_at_random_say_so(tmp_path):
    text = instances(study_at_objective(tmp_path, "poisson"))
    assert "Poisson arrivals" in text
    assert "| 300 [300, 300] | 5 |" in text
    assert "≤" not in text


# A trial of before has no word for it: its generator's settings say constant.
@pytest.mark.parametrize("arrivals", ["constant", None])
def test_instances_by_evenly_spaced_requests_are_called_bounds(tmp_path, arrivals):
    text = instances(study_at_objective(tmp_path, arrivals))
    assert "| ≤ 300 [300, 300] | ≥ 5 |" in text
    assert "1.1 to 3 times as high" in text
    assert "Poisson" not in text


def test_sections_have_names_of_their_own():
    names = [section.name for section in (*SUMMARY, *DETAILS)]
    assert len(names) == len(set(names))


def test_what_was_not_measured_comes_with_reason_and_remedy(data):
    assert not_measured(data) == "- **crow** (m) was not measured: no compiler. Remedy: install one."


def test_systems_that_were_not_measured_for_the_same_reason_stand_together(tmp_path):
    results = [make_trial(tmp_path / "trials", system, 1) for system in ("crow", "beast", "fastapi-compiled")]
    results.append(make_trial(tmp_path / "trials", "flask", 1, reason="no flask", remedy="install it"))
    assert not_measured(study_data(tmp_path, results)).splitlines() == [
        "- **crow**, **beast** and **fastapi-compiled** (m) were not measured: no compiler. Remedy: install one.",
        "- **flask** (m) was not measured: no flask. Remedy: install it.",
    ]


def test_a_load_at_which_a_system_was_not_measured_is_named_where_it_has_others(tmp_path):
    refused = {"reason": "its server takes one row a request", "remedy": "teach it"}
    results = [make_trial(tmp_path / "trials", "flask", r, 100.0) for r in (1, 2, 3)]
    for rows in (16, 256):
        point = f"users-64-rows-{rows}"
        results += [make_trial(tmp_path / "trials", "flask", r, load_point=point, **refused) for r in (1, 2, 3)]
    assert not_measured(study_data(tmp_path, results)) == (
        "- **flask** (m) was not measured at 64 users, 16 rows a request; 64 users, 256 rows a request: "
        "its server takes one row a request. Remedy: teach it."
    )


def test_an_objective_that_could_not_be_searched_is_named_by_its_load(tmp_path):
    results = [make_trial(tmp_path / "trials", "flask", r, 100.0) for r in (1, 2, 3)]
    results += [make_trial(tmp_path / "trials", "flask", r, load_point="objective") for r in (1, 2, 3)]
    assert "was not measured at the objective: no compiler" in not_measured(study_data(tmp_path, results))


def test_the_setting_names_models_machine_and_load(data):
    write_json(data.paths.model("digits-boosting") / "manifest.json", MANIFEST)
    text = setting(data)
    assert "gradient_boosting on digits, 64 features, held-out accuracy 0.950" in text
    assert "a CPU, 2 CPUs, Linux-6.1; pinned: server on CPU 1, generator on CPU 0" in text
    assert "locust: closed loop of 64 users and open loop: 50 requests/s" in text


def test_the_setting_tells_a_file_by_its_columns(data):
    file = {"path": "models/churn.joblib", "sample": "models/churn.csv"}
    catalogue = {**data.config.model_dump()["model_catalogue"], "digits-boosting": file}
    config = default_config(model_catalogue=catalogue)
    columns = [{"name": "a"}, {"name": "b"}, {"name": "c", "type": "text", "has_null": True}]
    manifest = {"definition": file, "estimator": "Pipeline", "columns": columns}
    write_json(data.paths.model("digits-boosting") / "manifest.json", manifest)
    text = setting(replace(data, config=config))
    assert "digits-boosting (Pipeline in models/churn.joblib, 3 features: 2 x number, 1 x text or null)" in text


@pytest.mark.parametrize("broken", [None, {}, {**MANIFEST, "held_out": None}, ["cut"]])
def test_a_missing_or_broken_manifest_is_one_line_with_the_remedy(data, broken):
    path = data.paths.model("digits-boosting") / "manifest.json"
    if broken is not None:
        write_json(path, broken)
    with pytest.raises(ServebenchError, match=r"manifest\.json.*run the study again"):
        setting(data)


def test_every_cell_has_its_verdict_and_every_verdict_its_meaning(data):
    text = throughput(data)
    assert "| beast | 50 requests/s | 50 [50, 50] | below capacity |" in text
    for word in VerdictWord:
        assert f"- **{word}**: {word.meaning}." in text


def test_a_percentile_among_unanswered_requests_is_printed_as_a_bound(tmp_path):
    parts = {"load": {"bound_from_percentile": 94.5}}
    results = [make_trial(tmp_path, "a", r, 5000.0, load_point="rate-5000", parts=parts) for r in (1, 2, 3)]
    data = study_data(tmp_path / "study", results)
    assert "| below capacity | 1 [1, 1] | ≥ 1 [1, 1] | ≥ 1 [1, 1] |" in throughput(data)
    assert "`a` has ≥ 1 ms [1, 1]" in answer(data)


def test_warnings_name_the_cell_below_what_is_to_be_done(data):
    assert f"- **{Advice.SERVER}**:\n  - fastapi, 64 users, locust: 3 errors (0.33 % of the answers)" in warnings(data)


def test_contrasts_come_with_their_verdict_and_the_words_with_their_meaning(data):
    text = contrasts(data)
    assert "\n| 64 users | throughput | beast / fastapi | 3 | 9.82 [" in text
    assert "latency mean" not in text
    for word in ContrastWord:
        assert f"- **{word}**: {word.meaning}." in text


def test_answers_in_float32_are_said_of_measured_systems(data):
    assert float32(data) == ""
    parity = {"inputs": 10_000, "flipped_labels": 3, "beyond_tolerance": 0, "largest_difference": 2e-7}
    write_json(data.paths.check("m", "fastapi"), {"status": "passed", "float32": parity})
    write_json(data.paths.check("m", "beast"), {"status": "passed"})
    text = float32(data)
    assert "- `fastapi` (m): within 1e-05 of the estimator (float32), 3 of 10,000 labels flip" in text
    assert "beast" not in text


def test_deviations_are_those_of_measured_systems(data):
    assert deviations(data) == ""
    write_json(data.paths.build("m", "beast") / "manifest.json", {"deviations": ["no `Date` header", "another"]})
    write_json(data.paths.build("m", "fastapi") / "manifest.json", {"deviations": ["no `Date` header"]})
    write_json(data.paths.build("m", "crow") / "manifest.json", {"deviations": ["never measured"]})
    text = deviations(data)
    assert "- `fastapi`, `beast`: no `Date` header\n- `beast`: another" in text
    assert "never measured" not in text


def test_what_checks_found_is_told_once_for_all_systems_that_fail_in_the_same(data):
    found = [{"case": case, "expected": "status 400", "got": "status 500"} for case in ("not JSON", "no features")]
    for system in ("beast", "fastapi", "crow"):
        write_json(data.paths.check("m", system), {"status": "passed", "found_deviations": found})
    text = deviations(data)
    assert text.startswith("## Found deviations")
    assert text.endswith("\n- `fastapi`, `beast`: not JSON, no features")


def test_what_a_check_found_with_one_model_is_not_said_of_another(tmp_path):
    results = [
        make_trial(tmp_path / "trials", system, 1, 100.0, model=model)
        for model in ("numbers", "own")
        for system in ("flask", "litserve")
    ]
    data = study_data(tmp_path / "study", results)
    found = {"numbers": ["null among the features", "not JSON"], "own": ["not JSON"]}
    for model, cases in found.items():
        written = {"status": "passed", "found_deviations": [{"case": case} for case in cases]}
        write_json(data.paths.check(model, "flask"), written)
        write_json(data.paths.check(model, "litserve"), {"status": "passed", "found_deviations": [{"case": "a path"}]})
    text = deviations(data)
    assert "- `flask` with numbers: null among the features, not JSON\n" in text
    assert "- `flask` with own: not JSON" in text
    assert "- `litserve`: a path" in text
    assert "null stood in a column that has none in the model's sample" in text


def test_systems_of_another_protocol_are_named_with_it(data):
    for system, protocol in (("beast", "mlflow"), ("fastapi", "servebench"), ("crow", "mlflow")):
        write_json(data.paths.check("m", system), {"status": "passed", "protocol": protocol})
    text = deviations(data)
    assert text.startswith("## Protocols")
    assert text.endswith("\n- `beast`: `mlflow`")


def test_profiles_are_linked_with_their_dearest_functions(data):
    assert profiles(data) == ""
    names = ("<module>", "boost::call<a, b>", "c|d", "e")
    shares = [FunctionShare(name, "x", 0.4 - 0.1 * number, 0.5) for number, name in enumerate(names)]
    write_profile(data.paths, profile_record(model="digits-boosting", system="fastapi"), shares)
    write_profile(data.paths, profile_record(model="another", system="fastapi"), shares)
    row = profiles(data).splitlines()[4]
    assert row.startswith(
        "| digits-boosting | fastapi | 64 users | 1,000 | py-spy: -5.0%, -8.0% to +1.0% | 0.99 of 1 | "
    )
    assert "; `boost::call` 30 %; `c\\|d` 20 % |" in row
    folder = "profile/digits-boosting/fastapi"
    assert row.endswith(f"| [flame graph]({folder}/flame.svg), [functions]({folder}/functions.csv) |")
    assert "another" not in profiles(data)


@pytest.mark.parametrize(("own_cpus", "where"), [(None, "wherever it runs"), ([1, 2], "on CPU 1, 2")])
def test_endpoints_are_told_apart_in_the_setting_and_in_the_deviations(tmp_path, own_cpus, where):
    system = {"url": "http://127.0.0.1:9000", "pid": 12}
    elsewhere = {"server": [], "generator": [0], "is_pinned": False, "is_shared": False}
    study = tmp_path / "study"
    results = [
        make_trial(
            study / "trials",
            "mine",
            r,
            100.0,
            placement=elsewhere,
            parts={"settings": {"system": system}, "server": {"affinity": own_cpus}},
        )
        for r in (1, 2, 3)
    ]
    catalogue = {**default_config().model_dump()["system_catalogue"], "mine": system}
    data = study_data(study, results, systems=["mine"], also=[], system_catalogue=catalogue)
    write_json(data.paths.model("digits-boosting") / "manifest.json", MANIFEST)
    write_json(data.paths.build("m", "mine") / "manifest.json", {"deviations": [deviation(parse_system(system))]})
    text = setting(data)
    assert "- endpoints, which run already: `mine` at http://127.0.0.1:9000 (metered by process 12)" in text
    assert f"the generator on CPU 0, the endpoint {where}" in text
    assert ("mine: CPUs were not pinned" in warnings_in_short(data)) == (own_cpus is None)
    assert "- `mine`: runs already at http://127.0.0.1:9000: never started anew" in deviations(data)


def test_what_systems_differ_in_stands_side_by_side(data):
    assert equality(data) == ""
    build = {
        "title": "Boost.Beast alone",
        "versions": {"boost": "1.90.0", "python": "3.11.7"},
        "flags": ["-O3"],
    }
    write_json(data.paths.build("digits-boosting", "beast") / "manifest.json", build)
    text = equality(data)
    assert (
        "| `beast` | Boost.Beast alone | compiled | a thread a CPU; 1 CPU | servebench | -O3 | boost 1.90.0 |" in text
    )
    assert "fastapi" not in text


def test_a_study_says_how_it_is_made_again_and_cited(data):
    text = reproduce(data)
    assert "--configfile results/default/config.yaml --config study=default-again  # measure again" in text
    assert "make verify ARCHIVE=results/default/study.crate.zip" in text
    assert "git checkout" not in text


def test_where_every_trial_was_disturbed_setting_and_machine_are_told(tmp_path):
    disturbed = {"generator": {"run_queue_share": 0.2}}
    results = [make_trial(tmp_path / "study/trials", "beast", repeat, 100.0, parts=disturbed) for repeat in (1, 2, 3)]
    data = study_data(tmp_path / "study", results)
    assert data.measured_trials.empty
    write_json(data.paths.model("digits-boosting") / "manifest.json", MANIFEST)
    assert "- trials: 3 measured, 0 of them undisturbed" in setting(data)
    assert identity(data).machine


def test_the_setting_says_how_many_of_the_measured_trials_were_undisturbed(tmp_path):
    parts = [{"generator": {"run_queue_share": 0.2}}, None, None]
    results = [
        make_trial(tmp_path / "study/trials", "beast", repeat, 100.0, parts=part)
        for repeat, part in enumerate(parts, 1)
    ]
    data = study_data(tmp_path / "study", results)
    write_json(data.paths.model("digits-boosting") / "manifest.json", MANIFEST)
    assert "- trials: 3 measured, 2 of them undisturbed, " in setting(data)


HOST = {
    "host": "a",
    "processes": 1,
    "connections": 64,
    "requests": 300,
    "cpu_mean_cores": 0.3,
    "cpu_utilization": 0.3,
    "run_queue_share": None,
    "gap_share": None,
    "round_trip_ms": 0.5,
    "clock_error_ms": 0.25,
    "link": "eth0",
    "link_mbps": 12.0,
    "link_share": 0.012,
}


def test_load_hosts_are_told_with_their_clocks_and_links(tmp_path):
    hosts = [HOST, {**HOST, "host": "b", "link": None, "link_mbps": None, "link_share": None}]
    parts = {
        "settings": {"load_hosts": ["a", "b"], "server_address": "198.18.0.1"},
        "generator": {"hosts": hosts, "busiest_host": "a", "clock_error_ms": 0.25, "link_share": 0.012},
    }
    results = [make_trial(tmp_path / "study" / "trials", "crow", r, 100.0, parts=parts) for r in (1, 2, 3)]
    data = study_data(tmp_path / "study", results, systems=["crow"], also=[])
    write_json(data.paths.model("digits-boosting") / "manifest.json", MANIFEST)
    text = setting(data)
    assert "pinned: server on CPU 1, harness on CPU 0" in text
    assert (
        "- load hosts: a (round trip 0.5 ms, eth0 at 12 Mbit/s, 1% of its speed), b (round trip 0.5 ms, its link is "
        "not known); they start together to ± 0.25 ms" in text
    )
    assert list(data.trials["busiest_load_host"]) == ["a"] * 3
    assert list(data.trials["generator_clock_error_ms"]) == [0.25] * 3
