import pandas as pd
import pytest
from servebench.report.plots import PLOTS
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
    for plot in PLOTS:
        for extension in ("html", "svg", "png", "csv"):
            assert (paths.plots / f"{plot.name}.{extension}").stat().st_size > 0
    closed = pd.read_csv(paths.plots / "throughput.csv")
    assert len(closed) == (2 if loop == "closed" else 0)
    words = "this study measured nothing for this plot"
    assert (words in (paths.plots / "open_loop_latency.svg").read_text()) == (loop != "open")
    if loop == "none":
        write_summary(paths)
        assert "No trial has been measured" in paths.summary.read_text()
