import pandas as pd
import pytest
from servebench.analyse.tables import write_tables
from servebench.config import dump_config
from servebench.files import write_text
from servebench.paths import StudyPaths
from servebench.report.plots import PLOTS, write_plots
from servebench.report.summary import write_summary
from support.packages import default_config
from support.trials import make_trial


def study(tmp_path, trials, **changes):
    """A study's folder with tables of made-up trials; its systems are called as in the catalogue."""
    config = default_config(models=["digits-boosting"], **changes)
    paths = StudyPaths(tmp_path)
    write_text(paths.config, dump_config(config))
    write_tables(trials, paths.tables)
    return paths


@pytest.mark.parametrize("loop", ["closed", "open", "none"])
def test_a_study_of_one_loop_or_without_a_measured_trial_still_has_every_plot(tmp_path, loop):
    point = {"closed": "users-64", "open": "rate-300", "none": "users-64"}[loop]
    throughput = None if loop == "none" else 300.0
    trials = [
        make_trial(tmp_path / "trials/m", name, repeat, throughput, load_point=point)
        for name in ("fastapi", "beast")
        for repeat in (1, 2, 3)
    ]
    paths = study(tmp_path, trials)
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
