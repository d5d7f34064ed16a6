"""What the report says of several rows a request: rows a second, CPU a row, and who wins from which number on."""

import pandas as pd
import pytest
from servebench.report.plots import plots_of
from servebench.report.plots.write import write_plots
from servebench.report.sections.rows_per_request import rows_per_request
from servebench.report.sections.throughput import throughput
from support.packages import default_config
from support.trials import make_trial, study_data

ROWS = [1, 16, 256]
QUICK_ALONE = [3000.0, 1000.0, 100.0]
GOOD_AT_MANY = [1000.0, 1000.0, 400.0]


def point_of(rows, load="users-64"):
    return load if rows == 1 else f"{load}-rows-{rows}"


def trials_of(folder, system, throughputs, load="users-64", **changes):
    """Three repeats at each number of rows, whose block effects cancel in a ratio."""
    return [
        make_trial(folder / "trials", system, r, value * (1 + r / 1000), load_point=point_of(rows, load), **changes)
        for rows, value in zip(ROWS, throughputs, strict=True)
        for r in (1, 2, 3)
    ]


@pytest.fixture
def data(tmp_path):
    results = [*trials_of(tmp_path, "crow", QUICK_ALONE), *trials_of(tmp_path, "fastapi", GOOD_AT_MANY)]
    return study_data(tmp_path, results, rows=ROWS)


def test_it_says_from_which_number_of_rows_on_which_system_wins(data):
    text = rows_per_request(data)
    first = "at 1: `crow` 3 [3, 3] times what `fastapi` does, different"
    assert f"- at 1 row a request `crow` serves the most rows ({first})" in text
    assert "- at 16 rows a request `crow` and `fastapi` serve the same (" in text
    assert "- from 256 rows a request on `fastapi` serves the most rows (at 256: `fastapi` 4 [4, 4] times" in text


def test_rows_a_second_and_cpu_a_row_stand_side_by_side(data):
    text = rows_per_request(data)
    assert "| system | 1 row a request | 16 rows a request | 256 rows a request |" in text
    assert "| fastapi | 1,000 [1,000, 1,000] | 16,000 [16,000, 16,100] | 103,000 [102,000, 103,000] |" in text
    assert "CPU per row (µs) (m, locust, 64 users):" in text
    assert "| fastapi | 50 [50, 50] | 3.12 [3.12, 3.12] | 0.195 [0.195, 0.195] |" in text


def test_numbers_next_to_each_other_with_one_winner_are_one_sentence(tmp_path):
    results = [*trials_of(tmp_path, "a", [300.0, 200.0, 100.0]), *trials_of(tmp_path, "b", [200.0, 100.0, 90.0])]
    (line,) = [line for line in rows_per_request(study_data(tmp_path, results)).splitlines() if line.startswith("- ")]
    assert line.startswith("- at every number of rows `a` serves the most rows (at 1: `a` 1.5 [")
    assert "; at 256: `a` 1.11 [" in line


def test_what_the_generator_limited_wins_only_where_its_bound_is_larger(tmp_path):
    limited = {"cpu": 0.2, "generator_cpu": 0.99}
    results = [*trials_of(tmp_path, "a", [300.0, 99.0, 90.0], **limited), *trials_of(tmp_path, "b", [100.0] * 3)]
    text = rows_per_request(study_data(tmp_path, results))
    assert "≥ 301 [300, 301]" in text
    assert "- at 1 row a request `a` serves the most rows" in text
    assert "- from 16 rows a request on it is undecided which of `a` and `b` serves more" in text


def test_a_system_of_one_row_stands_in_the_table_and_in_no_race(tmp_path):
    results = [*trials_of(tmp_path, "a", [300.0, 200.0, 100.0])]
    results += [make_trial(tmp_path / "trials", "b", r, 100.0) for r in (1, 2, 3)]
    text = rows_per_request(study_data(tmp_path, results))
    assert "| b | 100 [100, 100] | – | – |" in text
    assert "- at 1 row a request `a`" in text
    assert "16: `a`" not in text


def test_where_the_rate_is_prescribed_only_the_cost_is_told(tmp_path):
    results = [t for name in "ab" for t in trials_of(tmp_path, name, [50.0] * 3, "rate-50", cpu=0.2)]
    text = rows_per_request(study_data(tmp_path, results))
    assert "CPU per row (µs) (m, locust, 50 requests/s):" in text
    assert "Rows a second" not in text
    assert "\n- " not in text


def test_a_study_of_one_number_of_rows_says_nothing_of_it(tmp_path):
    results = [make_trial(tmp_path / "trials", "a", r, 100.0) for r in (1, 2, 3)]
    data = study_data(tmp_path, results)
    assert rows_per_request(data) == ""
    assert "rows/s" not in throughput(data)
    assert "rows_per_second" not in [plot.name for plot in plots_of(data.config)]


def test_other_sections_tell_the_numbers_of_rows_apart(data):
    assert "| crow | 64 users, 16 rows a request | 1,000 [1,000, 1,000] | 16,000 [16,000, 16,100] |" in throughput(data)


def test_the_plot_has_a_line_a_system(data):
    write_plots(data.paths)
    frame = pd.read_csv(data.paths.plots / "rows_per_second.csv").set_index(["system", "rows"])
    assert frame.loc[("fastapi", 256), "rows_per_s"] == pytest.approx(400.8 * 256, rel=0.001)
    assert set(frame["panel"]) == {"m, load by locust, 64 users"}
    closed = pd.read_csv(data.paths.plots / "overview.csv")
    panels = [
        f"64 users, load by locust, {rows}" for rows in ("1 row a request", "16 rows a request", "256 rows a request")
    ]
    assert sorted(closed["panel"].unique()) == panels


def test_the_plot_is_of_studies_with_several_numbers_of_rows():
    several = default_config(rows=[1, 2])
    further = default_config(also=[{"systems": ["crow"], "generators": ["native"], "users": [1], "rows": [8]}])
    of_one = default_config(rows=[16], also=[])
    names = [[plot.name for plot in plots_of(config)] for config in (several, further, of_one)]
    assert ["rows_per_second" in found for found in names] == [True, True, False]


def test_where_one_system_is_alone_nothing_is_said_to_hold(tmp_path):
    several = trials_of(tmp_path, "a", [300.0, 200.0, 100.0])
    gap = [path for path in trials_of(tmp_path, "b", [200.0, 100.0, 90.0]) if "rows-16" not in str(path)]
    text = rows_per_request(study_data(tmp_path, [*several, *gap]))
    assert "- at 1 row a request `a` serves the most rows" in text
    assert "- from 256 rows a request on `a` serves the most rows" in text
