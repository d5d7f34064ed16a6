"""Two studies set against each other."""

import json
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servebench.analyse.bounds import Bound
from servebench.analyse.statistics import Interval
from servebench.compare.change import change_word
from servebench.compare.compare import compare
from servebench.compare.comparison import Comparison
from servebench.compare.request import Request
from servebench.compare.run import compare_studies
from servebench.compare.studies import Studies
from servebench.compare.text import compare_text, summary_text
from servebench.errors import ServebenchError
from servebench.files import write_json
from servebench.paths import COMPARE_DATA, COMPARE_PAGE, COMPARE_TEXT
from servebench.words import ChangeWord
from support.trials import MACHINE, make_study, make_trial

BEFORE = {"crow": 1000.0, "fastapi": 100.0, "flask": 50.0, "beast": 1100.0}
BOUND = {"cpu": 0.2, "generator_cpu": 0.99}
RATIOS = st.floats(0.1, 10.0)
OPPOSITE = {ChangeWord.BETTER: ChangeWord.WORSE, ChangeWord.WORSE: ChangeWord.BETTER}


def make(root, figures, changes=None, **config):
    """A study of these throughputs, each of three repeats 1 % apart; `changes` are to the trials of a system."""
    results = [
        make_trial(root / "trials", system, repeat, value * (0.99 + 0.005 * repeat), **(changes or {}).get(system, {}))
        for system, value in figures.items()
        for repeat in (1, 2, 3)
    ]
    return make_study(root, results, **config)


@pytest.fixture
def compared(tmp_path):
    """Compares a study of BEFORE with one of these throughputs."""

    def of(figures, changes=None, before=None, **config):
        make(tmp_path / "a", before or BEFORE)
        make(tmp_path / "b", figures, changes, **config)
        return compare(Studies.read(tmp_path / "a", tmp_path / "b"))

    return of


def change_of(comparison, system, metric="throughput_rps"):
    (cell,) = (cell for cell in comparison.cells if cell.cell.system == system)
    (change,) = (change for change in cell.changes if change.metric == metric)
    return change


def slower(factor, **others):
    return {name: value * others.get(name, factor) for name, value in BEFORE.items()}


def test_a_machine_that_slowed_down_is_a_shift_and_no_systems_change(compared):
    comparison = compared(slower(0.8))
    for system in BEFORE:
        change = change_of(comparison, system)
        assert change.ratio.word is ChangeWord.WORSE
        assert change.ratio.range.estimate == pytest.approx(0.8)
        assert change.relative.word is ChangeWord.SAME
    shift = next(shift for shift in comparison.shifts if shift.metric == "throughput_rps")
    assert shift.range.estimate == pytest.approx(0.8)
    assert (shift.cells, sorted(shift.systems)) == (4, sorted(BEFORE))


def test_the_system_that_changed_is_told_from_the_machine(compared):
    comparison = compared(slower(0.8, crow=1.0))
    crow = change_of(comparison, "crow")
    assert crow.ratio.word is ChangeWord.SAME
    assert crow.relative.word is ChangeWord.BETTER
    assert crow.relative.range.estimate == pytest.approx(1.25)
    text = summary_text(comparison)
    assert "**Better**\n\n- `crow`, locust, 64 users: throughput" in text
    assert "1.25 [" in text


def test_both_directions_are_told(compared):
    comparison = compared(BEFORE, changes={"crow": {"cpu_us": 100.0}, "beast": {"cpu_us": 20.0}})
    assert change_of(comparison, "crow", "cpu_us_per_request").ratio.word is ChangeWord.WORSE
    assert change_of(comparison, "beast", "cpu_us_per_request").ratio.word is ChangeWord.BETTER
    assert change_of(comparison, "flask", "cpu_us_per_request").ratio.word is ChangeWord.SAME


def test_with_few_systems_the_shift_is_not_told_and_the_change_stands_by_itself(compared):
    before = {"crow": 1000.0, "beast": 1100.0}
    comparison = compared({"crow": 500.0, "beast": 1100.0}, before=before)
    crow = change_of(comparison, "crow")
    assert crow.relative.range is None
    assert "fewer than 3 cells of other systems" in crow.relative.reason
    assert comparison.shifts == []
    text = summary_text(comparison)
    assert "**Common shift**: not told" in text
    assert "- `crow`, locust, 64 users: throughput 1,000 [" in text
    assert "not told beside the others" in text


def test_a_bound_says_only_what_it_can(compared):
    lower = change_of(compared(slower(1.0, crow=0.5, beast=2.0), {"crow": BOUND, "beast": BOUND}), "crow")
    assert lower.b.is_lower_bound
    assert lower.ratio.word is ChangeWord.UNDECIDED
    assert "B: generator-bound" in lower.ratio.reason


def test_a_lower_bound_that_is_larger_is_better(compared):
    comparison = compared(slower(1.0, beast=2.0), {"beast": BOUND})
    assert change_of(comparison, "beast").ratio.word is ChangeWord.BETTER
    assert "beast" not in comparison.shifts[0].systems
    assert "- `beast`, locust, 64 users: capacity → generator-bound" in summary_text(comparison)
    assert "→ ≥ 2,200 [" in summary_text(comparison)


def test_cells_of_one_study_only_are_listed(compared):
    after = {**BEFORE, "axum": 900.0}
    del after["flask"]
    comparison = compared(after)
    assert [cell.system for cell in comparison.only_a] == ["flask"]
    assert [cell.system for cell in comparison.only_b] == ["axum"]
    text = compare_text(comparison)
    assert "- only in A: `flask`, locust, 64 users" in text
    assert "3 cells that both have; 1 of A alone; 1 of B alone" in text


def test_what_differs_around_the_figures_is_told_once(compared):
    machine = {"machine": {**MACHINE, "kernel": "6.2", "load_1min": 2.0}, "versions": {"compiler": "c++ 14"}}
    comparison = compared(BEFORE, dict.fromkeys(BEFORE, machine), duration_s=4.0)
    told = {(of.kind, of.name): of for of in comparison.differences}
    assert (told["machine", "kernel"].a, told["machine", "kernel"].b) == ("6.1", "6.2")
    assert (told["config", "duration_s"].a, told["config", "duration_s"].b) == ("2.0", "4.0")
    assert ("machine", "load_1min") not in told
    assert "Two machines, or one that was changed (kernel differ)" in summary_text(comparison)
    assert "| machine | kernel | – | 6.1 | 6.2 |" in compare_text(comparison)


def test_versions_that_differ_alike_stand_together(tmp_path):
    old, new = ({"versions": {"compiler": f"c++ {number}"}} for number in (12, 14))
    make(tmp_path / "a", BEFORE, dict.fromkeys(BEFORE, old))
    make(tmp_path / "b", BEFORE, dict.fromkeys(BEFORE, new))
    (compiler,) = compare(Studies.read(tmp_path / "a", tmp_path / "b")).differences
    assert (compiler.kind, compiler.name, compiler.a, compiler.b) == ("version", "compiler", "c++ 12", "c++ 14")
    assert sorted(compiler.systems) == sorted(BEFORE)


def test_packages_are_told_where_both_studies_name_them(tmp_path):
    for name in ("a", "b"):
        paths = make(tmp_path / name, BEFORE)
        value = {"builds": {"m/crow": {"flags": [f"-O{len(name)}"]}}, "python": "3.11", "packages": {"uvloop": name}}
        paths.provenance.write_text(json.dumps(value))
    found = compare(Studies.read(tmp_path / "a", tmp_path / "b")).differences
    assert [(of.kind, of.name, of.a, of.b) for of in found] == [("package", "uvloop", "a", "b")]


def test_without_raw_files_nobody_knows_the_machine(tmp_path):
    for name in ("a", "b"):
        make(tmp_path / name, BEFORE)
        shutil.rmtree(tmp_path / name / "trials")
    comparison = compare(Studies.read(tmp_path / "a", tmp_path / "b"))
    assert "Nothing tells whether it was one machine" in summary_text(comparison)


def test_a_study_is_not_compared_with_itself(tmp_path):
    make(tmp_path / "a", BEFORE)
    with pytest.raises(ServebenchError, match="name two studies' folders"):
        Studies.read(tmp_path / "a", tmp_path / "b" / ".." / "a")


def test_a_folder_that_is_no_study_is_one_line(tmp_path):
    make(tmp_path / "a", BEFORE)
    with pytest.raises(ServebenchError, match="is missing or cut"):
        Studies.read(tmp_path / "a", tmp_path / "none")


@pytest.mark.parametrize(("resolution_ms", "word"), [(0.05, ChangeWord.WORSE), (0.2, ChangeWord.UNDECIDED)])
def test_a_change_below_the_instruments_resolution_is_none(tmp_path, resolution_ms, word):
    for name, latency_ms in (("a", 1.0), ("b", 1.1)):
        held = {"load_point": "rate-300", "cpu": 0.3, "latency_ms": latency_ms}
        root = tmp_path / name
        paths = make_study(root, [make_trial(root / "trials", "crow", repeat, 300.0, **held) for repeat in (1, 2, 3)])
        write_json(paths.calibration("locust"), {"resolution": {"p50_ms": resolution_ms}})
    change = change_of(compare(Studies.read(tmp_path / "a", tmp_path / "b")), "crow", "latency_p50_ms")
    assert change.ratio.word is word
    assert change.ratio.range.estimate == pytest.approx(1.1, rel=0.01)


def test_a_figure_that_neither_tells_is_no_row(compared):
    figures = {**BEFORE, "crow": 2000.0}
    comparison = compared(figures, {"flask": {"cpu_us": None}}, before=figures)
    cells = {cell.cell.system: [change.metric for change in cell.changes] for cell in comparison.cells}
    assert "cpu_us_per_request" in cells["flask"]
    assert "latency_p99_ms" not in cells["flask"]
    assert "latency_p99_ms" in cells["crow"]


def test_page_markdown_and_data_are_written(tmp_path, capsys):
    plain, hostile = ({"crow": {"versions": {"note": note}}} for note in ("plain", "<script>alert(1)</script>"))
    make(tmp_path / "x", BEFORE, plain)
    make(tmp_path / "y", slower(0.8, crow=1.0), hostile)
    compare_studies(tmp_path / "x", tmp_path / "y", None)
    folder = tmp_path / "compare-x-y"
    page = (folder / COMPARE_PAGE).read_text()
    assert "<table>" in page
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "://" not in page
    assert "default-src 'none'" in page
    data = Comparison.model_validate_json((folder / COMPARE_DATA).read_text())
    assert (data.a.study, data.b.study) == ("x", "y")
    told = capsys.readouterr().out
    assert "# `y` against `x`" in told
    assert "## Cell by cell" in (folder / COMPARE_TEXT).read_text()
    compare_studies(tmp_path / "x", tmp_path / "y", tmp_path / "elsewhere")
    assert (tmp_path / "elsewhere" / COMPARE_TEXT).read_text() == (folder / COMPARE_TEXT).read_text()


@given(estimate=RATIOS, width=st.floats(1.0, 3.0), effect=st.floats(0.01, 0.2), larger=st.booleans())
def test_the_change_back_has_the_opposite_word(estimate, width, effect, larger):
    forth = Interval(estimate, estimate / width, estimate * width, 6)
    back = Interval(1 / estimate, 1 / (estimate * width), width / estimate, 6)
    word, _ = change_word(forth, Bound(), effect, larger)
    mirrored, _ = change_word(forth, Bound(), effect, not larger)
    assert mirrored is OPPOSITE.get(word, word)
    if all(abs(end * edge - 1) > 1e-9 for end in (forth.low, forth.high) for edge in (1 + effect, 1 / (1 + effect), 1)):
        assert change_word(back, Bound(), effect, larger)[0] is OPPOSITE.get(word, word)


@given(estimate=RATIOS, width=st.floats(1.0, 3.0), is_lower=st.booleans(), is_upper=st.booleans())
def test_a_bound_never_says_more_than_the_figure_alone(estimate, width, is_lower, is_upper):
    interval = Interval(estimate, estimate / width, estimate * width, 6)
    alone, _ = change_word(interval, Bound(), 0.05, is_larger_better=True)
    bounded, _ = change_word(interval, Bound(is_lower, is_upper, "a bound"), 0.05, is_larger_better=True)
    assert bounded in (alone, ChangeWord.UNDECIDED)
    if is_lower:
        assert bounded not in (ChangeWord.WORSE, ChangeWord.SAME)
    if is_upper:
        assert bounded not in (ChangeWord.BETTER, ChangeWord.SAME)


def test_a_comparison_asked_of_snakemake_names_its_files(tmp_path):
    for name in "ab":
        make(tmp_path / name, BEFORE)
    request = Request.of({"study_a": str(tmp_path / "a"), "study_b": str(tmp_path / "b"), "study": "default"})
    assert all(path.exists() for path in request.inputs)
    compare_studies(request.a.root, request.b.root, None)
    assert all(path.exists() for path in request.outputs)
    elsewhere = Request.of({"study_a": str(tmp_path / "a"), "study_b": str(tmp_path / "b"), "out": str(tmp_path / "c")})
    assert {path.parent for path in elsewhere.outputs} == {tmp_path / "c"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "study_a and study_b not given"),
        ({"study_a": "x"}, ": study_b not given"),
        ({"study_a": "x", "study_b": "y"}, "x/config.yaml is missing"),
    ],
)
def test_a_comparison_that_cannot_be_made_is_refused_in_a_line(given, message):
    with pytest.raises(ServebenchError, match=message):
        Request.of(given)
