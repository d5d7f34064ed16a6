import pandas as pd
import pytest
from servebench.config import load_config
from servebench.report.plots import plots_of
from servebench.report.plots.write import write_plots
from servebench.report.summary import write_summary
from support.trials import make_study, make_trial


@pytest.mark.parametrize("loop", ["closed", "open", "none"])
def test_a_study_of_one_loop_or_without_a_measured_trial_still_has_every_plot(tmp_path, loop):
    point = {"closed": "users-64", "open": "rate-300", "none": "users-64"}[loop]
    throughput = None if loop == "none" else 300.0
    trials = [
        make_trial(tmp_path / "study/trials", name, repeat, throughput, load_point=point)
        for name in ("fastapi", "beast")
        for repeat in (1, 2, 3)
    ]
    paths = make_study(tmp_path / "study", trials)
    write_plots(paths)
    for plot in plots_of(load_config(paths.config)):
        for extension in ("html", "svg", "png", "csv", "json"):
            assert (paths.plots / f"{plot.name}.{extension}").stat().st_size > 0
    closed = pd.read_csv(paths.plots / "throughput.csv")
    assert len(closed) == (2 if loop == "closed" else 0)
    words = "this study measured nothing for this plot"
    assert (words in (paths.plots / "open_loop_latency.svg").read_text()) == (loop != "open")
    if loop == "none":
        write_summary(paths)
        assert "No trial has been measured" in paths.summary.read_text()


@pytest.mark.parametrize(("point", "plot"), [("users-64", "latency_percentiles"), ("rate-5000", "open_loop_latency")])
def test_a_percentile_that_is_a_bound_is_marked(tmp_path, point, plot):
    parts = {"load": {"bound_from_percentile": 94.5}}
    results = [make_trial(tmp_path / "study/trials", "a", r, 5000.0, load_point=point, parts=parts) for r in (1, 2, 3)]
    paths = make_study(tmp_path / "study", results)
    write_plots(paths)
    bounds = pd.read_csv(paths.plots / f"{plot}.csv").set_index("percentile")["is_lower_bound"]
    assert not bounds["p50"]
    assert bounds["p95"]
    # The title's two, for the eye and the ear, and the marks.
    assert (paths.plots / f"{plot}.svg").read_text().count("≥") > 2
