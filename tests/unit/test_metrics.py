import pytest
from pydantic import BaseModel
from servebench.analyse.metrics import (
    COMPUTED,
    CellFigure,
    Metric,
    catalogue,
    contrasted_at,
    load_catalogue,
    metric_of,
    primary_at,
)
from servebench.errors import ServebenchError
from servebench.trial.record import GeneratorFigures, LoadFigures, ServerFigures, TrialRecord
from servebench.words import Comparable, Loop

PARTS = {"load": LoadFigures, "server": ServerFigures, "generator": GeneratorFigures}


def numbers_of(record: type[BaseModel]) -> set[str]:
    kinds = (int, float, int | None, float | None)
    return {name for name, field in record.model_fields.items() if field.annotation in kinds}


@pytest.mark.parametrize("part", PARTS)
def test_every_number_of_a_record_is_a_metric(part):
    named = {metric.trial for metric in catalogue()}
    assert {f"{part}.{name}" for name in numbers_of(PARTS[part])} <= named


def test_what_the_catalogue_reads_stands_in_the_record():
    for metric in catalogue():
        if metric.trial in (None, COMPUTED):
            continue
        part, _, field = metric.trial.rpartition(".")
        assert field in (PARTS[part] if part else TrialRecord).model_fields, metric.name


def test_each_metric_stands_once_and_is_carried_by_some_table():
    names = [metric.name for metric in catalogue()]
    assert len(names) == len(set(names))
    assert all(metric.trial or metric.cell for metric in catalogue())


def test_latencies_are_contrasted_at_rates_and_capacities_in_closed_loops():
    closed, fixed = ([metric.name for metric in contrasted_at(loop)] for loop in (Loop.CLOSED, Loop.OPEN))
    assert "throughput_rps" in closed
    assert "throughput_rps" not in fixed
    assert "latency_p50_ms" in fixed
    assert metric_of("throughput_rps").compared is Comparable.CAPACITIES
    assert metric_of("latency_p95_ms").compared is Comparable.HELD_RATES


@pytest.mark.parametrize("loop", Loop)
def test_every_loop_has_one_primary_figure(loop):
    assert primary_at(loop).name == (
        "throughput_rps" if loop in (Loop.CLOSED, Loop.OBJECTIVE) else "cpu_us_per_request"
    )


@pytest.mark.parametrize(
    ("label", "unit", "title"),
    [
        ("throughput", "requests/s", "throughput (requests/s)"),
        ("memory (PSS)", "MiB", "memory (PSS, MiB)"),
        ("threads", None, "threads"),
    ],
)
def test_a_title_is_label_and_unit(label, unit, title):
    assert Metric(name="x", label=label, unit=unit, type="number", meaning="m").title == title


@pytest.mark.parametrize("figure", [*CellFigure, None])
def test_every_way_to_a_cells_figure_has_its_columns(figure):
    metric = Metric(name="x_ms", label="x", type="number", meaning="m", cell=figure, percentile=50)
    names = [column.name for column in metric.cell_columns]
    expected = {
        None: [],
        CellFigure.INTERVAL: ["x_ms", "x_ms_low", "x_ms_high", "x_merged_ms"],
        CellFigure.MEAN_AND_PEAK: ["x_ms", "x_ms_peak"],
    }
    assert names == expected.get(figure, ["x_ms"])


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("{name: x, label: x, type: number, meaning: m, unti: ms}", "unti"),
        ("{name: x, label: x, type: number, meaning: m, cell: median}", "cell"),
        ("{name: x, label: x, type: number, meaning: m, contrast: [ramp], compared: always}", "contrast"),
        ("{name: x, label: x, type: number, meaning: m, contrast: [open]}", "compared"),
        ("{name: x, label: x, type: number, meaning: m, shown: [open]}", "only what is contrasted is shown"),
        ("{name: x, label: x, type: number, meaning: m, primary: [open]}", "only what is contrasted is primary"),
    ],
)
def test_an_entry_that_nobody_understands_is_refused(tmp_path, entry, words):
    path = tmp_path / "metrics.yaml"
    path.write_text(f"metrics:\n  - {entry}\n")
    with pytest.raises(ServebenchError, match=words):
        load_catalogue(path)
