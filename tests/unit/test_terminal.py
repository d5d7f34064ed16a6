from servebench.report.summary import write_summary
from servebench.report.terminal import result_text
from support.trials import make_study, make_trial


def test_the_end_shows_the_first_sections_and_where_the_report_stands(tmp_path):
    results = [make_trial(tmp_path, name, r) for name in ("fastapi", "beast") for r in (1, 2, 3)]
    paths = make_study(tmp_path / "study", results)
    assert "latencies: not measured yet" in result_text(paths)
    write_summary(paths)
    text = result_text(paths)
    assert "## Throughput and its verdict" in text
    assert "](plots/" in paths.summary.read_text()
    assert "](plots/" not in text
    assert text.endswith(f"report:  {paths.report}")
