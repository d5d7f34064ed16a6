import pytest
from servebench.report.summary import write_summary
from servebench.report.terminal import is_nothing_measured, result_text
from support.trials import make_study, make_trial

MOST_LINES = 40


def test_the_end_shows_the_answer_with_its_systems_and_where_the_rest_stands(tmp_path):
    results = [make_trial(tmp_path, name, r, 100.0) for name in ("fastapi", "beast") for r in (1, 2, 3)]
    paths = make_study(tmp_path / "study", results)
    assert "latencies: not measured yet" in result_text(paths)
    write_summary(paths)
    text = result_text(paths)
    parts = ["# Study default", "## The answer", "## Systems", "summary: ", "report:  "]
    assert [text.index(part) for part in parts] == sorted(text.index(part) for part in parts)
    assert "](plots/" in paths.summary.read_text()
    assert "](plots/" not in text
    assert "## Throughput and its verdict" not in text, "the report has the rest"
    assert text.endswith(f"report:  {paths.report}")


@pytest.mark.parametrize("throughput", [None, 1000.0])
def test_a_reported_study_without_a_figure_has_measured_nothing(tmp_path, throughput):
    paths = make_study(tmp_path / "study", [make_trial(tmp_path, "a", 1, throughput)])
    assert not is_nothing_measured(paths)
    write_summary(paths)
    assert is_nothing_measured(paths) == (throughput is None)


def test_the_end_of_a_large_study_fits_on_a_screen_with_what_to_do_about_it(tmp_path):
    waited = {"parts": {"generator": {"run_queue_share": 0.5}}, "errors": {"timeout": 1}, "steal_cores": 1.0}
    results = [
        make_trial(tmp_path, f"system-{number}", r, 1000.0 + 100 * r, load_point=load, **waited)
        for number in range(8)
        for load in ("users-64", "rate-300")
        for r in (1, 2, 3)
    ]
    results += [make_trial(tmp_path, f"absent-{number}", 1) for number in range(4)]
    paths = make_study(tmp_path / "study", results)
    write_summary(paths)
    text = result_text(paths)
    assert len(text.splitlines()) <= MOST_LINES
    assert "- **measure on a quiet machine** (" in text
    assert "Next: end what else runs on this machine" in text
