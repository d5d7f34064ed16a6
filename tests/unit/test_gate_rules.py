"""Rules as they are written, and how one is decided."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servebench.errors import ServebenchError
from servebench.gate.decide import all_together, decide
from servebench.gate.rule import Operator, parse_rule
from servebench.gate.rules_file import read_rules
from servebench.words import GateWord

NUMBERS = st.floats(-1e6, 1e6)
ENDS = st.one_of(NUMBERS, st.just(-math.inf), st.just(math.inf))
KEEPS = {
    Operator.AT_LEAST: lambda value, limit: value >= limit,
    Operator.AT_MOST: lambda value, limit: value <= limit,
    Operator.MORE: lambda value, limit: value > limit,
    Operator.LESS: lambda value, limit: value < limit,
    Operator.EQUAL: lambda value, limit: value == limit,
}


@pytest.mark.parametrize(
    ("text", "metric", "names", "operator", "limit"),
    [
        ("crow.users-64.throughput_rps >= 30000", "throughput_rps", ("crow", None, "users-64"), ">=", 30000),
        ("fastapi.rate-300.latency_p99_ms<=5", "latency_p99_ms", ("fastapi", None, "rate-300"), "<=", 5),
        ("errors == 0", "errors_total", (None, None, None), "==", 0),
        ("users-64-rows-16.error_rate < 1e-3", "error_rate", (None, None, "users-64-rows-16"), "<", 0.001),
        ("a.objective.throughput_rps > 5", "throughput_rps", ("a", None, "objective"), ">", 5),
        ("crow.uss_last_mib <= 20", "uss_last_mib", ("crow", None, None), "<=", 20),
        ("ratio(crow, fastapi) >= 10", "throughput_rps", ("crow", "fastapi", None), ">=", 10),
        ("ratio(a,b).users-2 >= 2", "throughput_rps", ("a", "b", "users-2"), ">=", 2),
        ("ratio(a, b).cpu_us_per_request < 2", "cpu_us_per_request", ("a", "b", None), "<", 2),
        ("ratio(a, b).share-60.cpu_us_per_request < 2", "cpu_us_per_request", ("a", "b", "share-60"), "<", 2),
    ],
)
def test_a_rule_is_read(text, metric, names, operator, limit):
    rule = parse_rule(text)
    subject = rule.subject
    assert (subject.system, subject.denominator, subject.load_point) == names
    assert (subject.metric.name, rule.operator, rule.limit) == (metric, operator, limit)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("crow is fast", "is no rule"),
        ("ratio(crow", "in quotes"),
        ("crow.users-64.thruput_rps >= 1", "did you mean 'throughput_rps'"),
        ("error == 0", "did you mean 'errors'"),
        ("crow.users-64.throughput_rps >= 30,000", "not '30,000'"),
        ("crow.users-64.throughput_rps >= nan", "must be a number"),
        ("a.b.users-64.throughput_rps >= 1", "stand a system and a load"),
        ("ratio(a, b).users-64.throughput_rps.x >= 1", "stand a load and a metric"),
        ("ratio(a) >= 1", "is no ratio"),
        ("ratio(a, a) >= 1", "of two systems"),
        ("ratio(a, b).error_rate <= 1", "not contrasted in error_rate"),
        ("server_cpu_utilization <= 1", "no interval"),
        ("crow.users-64.throughput_rps == 1", "== is for what is counted"),
        ("ratio(a, b) == 1", "== is for what is counted"),
    ],
)
def test_what_is_no_rule_is_one_clear_line(text, says):
    with pytest.raises(ServebenchError) as caught:
        parse_rule(text)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@given(operator=st.sampled_from(Operator), limit=NUMBERS, ends=st.tuples(ENDS, ENDS), share=st.floats(0, 1))
def test_no_value_inside_the_interval_contradicts_a_decision(operator, limit, ends, share):
    low, high = sorted(ends)
    word = decide(operator, limit, low, high)
    finite_low, finite_high = max(low, -2e6), min(high, 2e6)
    inside = min(max(finite_low + share * (finite_high - finite_low), finite_low), finite_high)
    values = [value for value in (low, inside, high) if math.isfinite(value)]
    kept = {KEEPS[operator](value, limit) for value in values}
    if word is GateWord.PASSED:
        assert kept <= {True}
    elif word is GateWord.FAILED:
        assert kept <= {False}


@given(operator=st.sampled_from(Operator), limit=NUMBERS, value=NUMBERS)
def test_a_figure_without_doubt_is_always_decided(operator, limit, value):
    expected = GateWord.PASSED if KEEPS[operator](value, limit) else GateWord.FAILED
    assert decide(operator, limit, value, value) is expected


@given(limit=NUMBERS, end=NUMBERS)
def test_a_bound_decides_from_its_own_side_only(limit, end):
    for operator in (Operator.AT_MOST, Operator.LESS):
        assert decide(operator, limit, end, math.inf) is not GateWord.PASSED
        assert decide(operator, limit, -math.inf, end) is not GateWord.FAILED
    for operator in (Operator.AT_LEAST, Operator.MORE):
        assert decide(operator, limit, end, math.inf) is not GateWord.FAILED
        assert decide(operator, limit, -math.inf, end) is not GateWord.PASSED


@given(operator=st.sampled_from(Operator), limit=NUMBERS, ends=st.tuples(NUMBERS, NUMBERS), more=st.floats(0, 1e3))
def test_a_wider_interval_decides_nothing_that_a_narrower_one_contradicts(operator, limit, ends, more):
    low, high = sorted(ends)
    wide = decide(operator, limit, low - more, high + more)
    assert wide in (decide(operator, limit, low, high), GateWord.UNDECIDED)


@given(st.lists(st.sampled_from(GateWord), min_size=1))
def test_of_several_the_worst_counts(words):
    together = all_together(words)
    assert (together is GateWord.FAILED) == (GateWord.FAILED in words)
    assert (together is GateWord.PASSED) == (set(words) == {GateWord.PASSED})


def written(tmp_path, text):
    path = tmp_path / "rules.yaml"
    path.write_text(text)
    return path


def test_a_file_holds_texts_and_mappings(tmp_path):
    text = "rules:\n  - errors == 0\n  - {rule: 'ratio(a, b) >= 2', model: m, generator: native}\n"
    first, second = read_rules(written(tmp_path, text))
    assert first.text == "errors == 0"
    assert (second.subject.model, second.subject.generator) == ("m", "native")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- errors == 0\n", "holds no rules"),
        ("rules: []\n", "a list with something in it"),
        ("ruless: [errors == 0]\n", "rule"),
        ("rules: [{rule: errors == 0, generatr: native}]\n", "did you mean 'generator'"),
        ("rules: [{model: m}]\n", "rule"),
        ("rules: [3]\n", "rules, entry 1"),
        ("rules: [ratio(a, b) >= 2]\n", "in quotes"),
        ("rules: [\n", "is no YAML"),
    ],
)
def test_a_mistake_in_the_file_names_the_file(tmp_path, text, says):
    with pytest.raises(ServebenchError, match=r"rules\.yaml") as caught:
        read_rules(written(tmp_path, text))
    assert says in str(caught.value)


def test_no_file_is_one_line(tmp_path):
    with pytest.raises(ServebenchError, match="does not exist"):
        read_rules(tmp_path / "none.yaml")
