"""With looks every interval is of 98.3 %, and the page says so."""

import math

import pytest
from scipy import stats
from servebench.report.intervals import NO_INTERVALS
from servebench.report.plots import PLOTS
from servebench.report.sections import DETAILS, SUMMARY
from servebench.report.sections.section import join_sections
from support.trials import make_trial, study_data

VALUES = (100.0, 104.0, 98.0, 101.0, 99.0)


@pytest.fixture
def with_looks(tmp_path):
    folder = tmp_path / "study"
    results = [
        make_trial(folder / "trials", name, r, value * factor, server=name)
        for name, factor in (("beast", 9.0), ("fastapi", 1.0))
        for r, value in enumerate(VALUES, start=1)
    ]
    return study_data(folder, results, precision="15%")


def test_the_intervals_of_cells_and_contrasts_are_wider(with_looks):
    cell = with_looks.cells[with_looks.cells["system"] == "fastapi"].iloc[0]
    logs = [math.log(value) for value in VALUES]
    low, high = stats.t.interval(1 - 0.05 / 3, 4, sum(logs) / 5, stats.sem(logs))
    assert (cell["throughput_rps_low"], cell["throughput_rps_high"]) == pytest.approx((math.exp(low), math.exp(high)))
    contrast = with_looks.contrasts.set_index("metric").loc["throughput_rps"]
    assert contrast["verdict"] == "different"


def test_no_text_and_no_title_speaks_of_95_percent(with_looks):
    skipped = {"setting", "calibration"}
    text = join_sections(with_looks, [section for section in (*SUMMARY, *DETAILS) if section.name not in skipped])
    assert "ratio [98.3 % interval]" in text
    assert "95 % interval" not in text
    assert not [plot.name for plot in PLOTS if "95 %" in plot.title_of(with_looks, plot.data(with_looks))]


@pytest.mark.parametrize(("repeats", "is_said"), [(1, False), (2, False), (3, True)])
def test_intervals_are_spoken_of_where_there_are_repeats_enough_for_one(tmp_path, repeats, is_said):
    roles = {"beast": "compiled", "fastapi": "sklearn", "fastapi-compiled": "compiled"}
    results = [
        make_trial(tmp_path / "trials", name, r, 100.0 + r, server=name.removesuffix("-compiled"), inference=inference)
        for name, inference in roles.items()
        for r in range(1, repeats + 1)
    ]
    data = study_data(tmp_path / "study", results)
    skipped = {"setting", "calibration"}
    text = join_sections(data, [section for section in (*SUMMARY, *DETAILS) if section.name not in skipped])
    assert "The article's claims" in text
    assert ("95 % interval" in text) == is_said
    assert (NO_INTERVALS in text) != is_said


def test_without_looks_they_do(tmp_path):
    results = [make_trial(tmp_path / "trials", "beast", r, 100.0 + r) for r in (1, 2, 3)]
    data = study_data(tmp_path / "study", results)
    assert any("95 % interval" in plot.title_of(data, plot.data(data)) for plot in PLOTS)
