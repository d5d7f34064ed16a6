"""Studies held against rules."""

import pytest
from servebench.errors import ServebenchError
from servebench.files import write_json
from servebench.gate.judge import judge
from servebench.gate.rule import parse_rule
from servebench.gate.run import gate
from servebench.gate.text import gate_page, gate_text
from servebench.words import GateWord
from support.trials import make_study, make_trial, study_data

BOUND = {"cpu": 0.2, "generator_cpu": 0.99}
# A user gets an answer each 64 ms: an open loop's generator sent late.
LATE = {"load_point": "rate-300", "cpu": 0.3, "parts": {"load": {"send_delay_p99_ms": 5.0}}}


def trials(folder, system, throughputs, **changes):
    return [make_trial(folder, system, repeat, value, **changes) for repeat, value in enumerate(throughputs, 1)]


@pytest.fixture
def study(tmp_path):
    """Fast is ten times slow; bound is what a generator allowed; few has too few repeats; none was not built."""
    results = [
        *trials(tmp_path, "fast", [1000.0, 1010.0, 1020.0]),
        *trials(tmp_path, "slow", [100.0, 101.0, 102.0]),
        *trials(tmp_path, "bound", [5000.0, 5010.0, 5020.0], **BOUND),
        *trials(tmp_path, "few", [700.0]),
        *trials(tmp_path, "none", [None]),
        *trials(tmp_path, "slow", [300.0, 300.0, 300.0], load_point="rate-300", cpu=0.3, latency_ms=2.0),
        *trials(tmp_path, "late", [300.0, 300.0, 300.0], latency_ms=2.0, **LATE),
    ]
    return study_data(tmp_path / "study", results)


def decided(study, text, **filters):
    (outcome,) = judge(study, [parse_rule(text, **filters)]).outcomes
    return outcome


@pytest.mark.parametrize(
    ("text", "word", "why"),
    [
        ("fast.users-64.throughput_rps >= 900", GateWord.PASSED, ""),
        ("fast.users-64.throughput_rps >= 1100", GateWord.FAILED, ""),
        ("fast.users-64.throughput_rps >= 1010", GateWord.UNDECIDED, ""),
        ("fast.throughput_rps <= 900", GateWord.FAILED, ""),
        ("bound.users-64.throughput_rps >= 4900", GateWord.PASSED, ""),
        ("bound.users-64.throughput_rps >= 9000", GateWord.UNDECIDED, "generator-bound"),
        ("bound.users-64.throughput_rps <= 9000", GateWord.UNDECIDED, "generator-bound"),
        ("bound.users-64.throughput_rps <= 4900", GateWord.FAILED, ""),
        ("few.users-64.throughput_rps >= 1", GateWord.UNDECIDED, "no interval"),
        ("none.users-64.throughput_rps >= 1", GateWord.UNDECIDED, "no compiler"),
        ("slow.rate-300.latency_p50_ms <= 5", GateWord.PASSED, ""),
        ("slow.rate-300.latency_p50_ms <= 1", GateWord.FAILED, ""),
        ("late.rate-300.latency_p50_ms <= 5", GateWord.PASSED, ""),
        ("late.rate-300.latency_p50_ms <= 1", GateWord.UNDECIDED, "generator late"),
        ("late.rate-300.latency_p50_ms >= 1", GateWord.UNDECIDED, "generator late"),
        ("slow.errors == 0", GateWord.PASSED, ""),
        ("ratio(fast, slow) >= 9", GateWord.PASSED, ""),
        ("ratio(slow, fast) <= 0.2", GateWord.PASSED, ""),
        ("ratio(slow, fast).users-64 >= 1", GateWord.FAILED, ""),
        ("ratio(bound, slow) >= 40", GateWord.PASSED, ""),
        ("ratio(bound, slow) >= 60", GateWord.UNDECIDED, "limited the"),
        ("ratio(bound, slow) <= 60", GateWord.UNDECIDED, "limited the"),
        ("ratio(slow, bound) <= 0.1", GateWord.PASSED, ""),
        ("ratio(fast, few) >= 1", GateWord.UNDECIDED, "fewer than 3"),
        ("ratio(fast, none) >= 1", GateWord.UNDECIDED, "not"),
        ("ratio(fast, slow).uss_last_mib <= 1.1", GateWord.PASSED, ""),
    ],
)
def test_a_rule_is_decided_by_the_interval(study, text, word, why):
    outcome = decided(study, text)
    assert outcome.word is word
    assert why in outcome.decisions[0].evidence.reason


def test_errors_and_deaths_are_no_pass(tmp_path):
    results = [
        *trials(tmp_path, "a", [100.0, 101.0, 102.0], errors={"timeout": 1}),
        *trials(tmp_path, "b", [100.0, 101.0]),
        make_trial(tmp_path, "b", 3, outcome="server died", reason="killed", remedy=None),
    ]
    study = study_data(tmp_path / "study", results)
    assert decided(study, "a.errors == 0").word is GateWord.FAILED
    died = decided(study, "b.errors == 0")
    assert died.word is GateWord.UNDECIDED
    assert "died in 1" in died.decisions[0].evidence.reason


def test_a_rule_means_every_cell_that_its_filters_leave(tmp_path):
    results = [
        *trials(tmp_path, "a", [100.0, 101.0, 102.0], generator="locust"),
        *trials(tmp_path, "a", [900.0, 901.0, 902.0], generator="native"),
        *trials(tmp_path, "a", [500.0, 501.0, 502.0], generator="native", model="other"),
    ]
    study = study_data(tmp_path / "study", results)
    text = "a.users-64.throughput_rps >= 400"
    assert decided(study, text).word is GateWord.FAILED
    assert len(decided(study, text).decisions) == 3
    assert decided(study, text, generator="native").word is GateWord.PASSED
    assert len(decided(study, text, model="m").decisions) == 2
    page = gate_page(judge(study, [parse_rule(text, generator="native")]))
    assert f"| `{text}` | 2 cells | 501 [" in page
    assert "to 901 [" in page


@pytest.mark.parametrize(
    ("text", "filters", "says"),
    [
        ("fst.users-64.throughput_rps >= 1", {}, "did you mean 'fast'"),
        ("ratio(fast, slw) >= 1", {}, "did you mean 'slow'"),
        ("fast.users-63.throughput_rps >= 1", {}, "did you mean 'users-64'"),
        ("errors == 0", {"generator": "locus"}, "did you mean 'locust'"),
        ("errors == 0", {"model": "mm"}, "no model 'mm'"),
        ("fast.rate-300.throughput_rps >= 1", {}, "fast is at users-64 by locust"),
        ("ratio(late, fast) >= 1", {}, "share no load"),
        ("ratio(late, slow).latency_max_ms <= 1", {}, "not contrasted in latency_max_ms there"),
    ],
)
def test_a_name_that_does_not_exist_is_one_line(study, text, filters, says):
    with pytest.raises(ServebenchError) as caught:
        decided(study, text, **filters)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_planned_and_not_measured_yet_is_undecided(tmp_path):
    results = trials(tmp_path, "fastapi", [100.0, 101.0, 102.0], model="digits-boosting")
    study = study_data(tmp_path / "study", results)
    rest = decided(study, "errors == 0")
    assert rest.word is GateWord.UNDECIDED
    assert "not measured yet" in gate_text(judge(study, [parse_rule("errors == 0")]))


def test_the_table_tells_what_did_not_pass_and_why(study):
    rules = [parse_rule("fast.throughput_rps >= 1010"), parse_rule("fast.users-64.throughput_rps >= 900")]
    undecided, passed, _, line = gate_text(judge(study, rules)).splitlines()[2:]
    assert "| undecided | the interval holds the limit |" in undecided
    assert "| fast, locust, 64 users | 1,010 [" in passed
    assert line.endswith("undecided (2 rules: 1 passed, 1 undecided)")


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("a.throughput_rps >= 50", 0),
        ("a.throughput_rps >= 200", 1),
        ("a.throughput_rps >= 101", 3),
        ("b.errors == 0", 2),
    ],
)
def test_the_exit_code_says_what_became_of_the_study(tmp_path, monkeypatch, capsys, rule, code):
    monkeypatch.chdir(tmp_path)
    make_study(tmp_path / "results" / "s", trials(tmp_path / "raw", "a", [100.0, 101.0, 102.0]))
    (tmp_path / "rules.yaml").write_text(f"rules: [{rule}]\n")
    assert gate("s", tmp_path / "rules.yaml", tmp_path / "gate.md") == code
    told = capsys.readouterr()
    assert (tmp_path / "gate.md").exists() == (code != 2)
    assert told.err.count("\n") == (1 if code == 2 else 0)
    assert bool(told.out) == (code != 2)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("a.rate-300.latency_p50_ms <= 3", GateWord.PASSED),
        ("a.rate-300.latency_p50_ms <= 2.2", GateWord.UNDECIDED),
        ("a.rate-300.latency_p50_ms <= 1", GateWord.FAILED),
        ("a.rate-300.throughput_rps >= 299.9", GateWord.PASSED),
    ],
)
def test_a_limit_within_the_instruments_resolution_is_undecided(tmp_path, text, word):
    results = trials(tmp_path, "a", [300.0] * 3, load_point="rate-300", cpu=0.3, latency_ms=2.0)
    study = study_data(tmp_path / "study", results)
    write_json(study.paths.calibration("locust"), {"resolution": {"p50_ms": 0.5}})
    outcome = decided(study, text)
    assert outcome.word is word
    assert ("0.5 ms added" in gate_text(judge(study, [outcome.rule]))) == (word is GateWord.UNDECIDED)
