"""Studies forged of recorded trials."""

import pytest
from servebench.analyse.tables import read_table
from servebench.bench_analysis.__main__ import RECORDED, Measured, table
from servebench.bench_analysis.cost import Cost, exponent
from servebench.bench_analysis.forge import Recorded, forge_study, forged_config
from servebench.bench_analysis.size import SIZES, Size
from servebench.bench_analysis.stages import make_tables
from servebench.paths import StudyPaths


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    return Recorded.unpacked(RECORDED.archive, tmp_path_factory.mktemp("recorded"))


def tables_of(recorded, size, folder):
    paths = StudyPaths(folder / "results" / "forged")
    forge_study(recorded, forged_config(recorded, "forged", size), size, paths)
    make_tables(paths)
    return paths.tables


def test_a_forged_study_is_like_a_recorded_one(recorded, tmp_path):
    size = Size(systems=5, loads=2, repeats=3)
    tables = tables_of(recorded, size, tmp_path)
    trials, cells, contrasts = (read_table(tables, name) for name in ("trials", "cells", "contrasts"))
    assert (len(trials), len(cells)) == (size.trials, 10)
    assert trials["throughput_rps"].is_unique
    # Little's law holds in them, so that they tell their percentiles.
    assert trials["latency_p50_ms"].notna().all()
    assert trials["littles_law_residual"].max() < 0.2
    throughput = contrasts[contrasts["metric"] == "throughput_rps"]
    assert len(throughput) == 10 * size.loads
    assert (throughput["blocks"] == size.repeats).all()


def test_one_repeat_more_rewrites_only_its_rows(recorded, tmp_path):
    before = tables_of(recorded, Size(2, 2, 3), tmp_path / "before") / "trials.csv"
    after = tables_of(recorded, Size(2, 2, 4), tmp_path / "after") / "trials.csv"
    rows, more = before.read_text().splitlines(), after.read_text().splitlines()
    assert more[: len(rows)] == rows
    assert len(more) == len(rows) + 4


def test_the_sizes_are_those_of_the_table():
    assert [size.trials for size in SIZES] == [10, 100, 1_000, 10_000]
    assert len(set(SIZES[-1].users)) == SIZES[-1].loads


def test_an_exponent_is_the_power_of_the_size():
    assert exponent((100, 2.0), (1_000, 20.0)) == pytest.approx(1.0)
    assert exponent((10, 3.0), (100, 300.0)) == pytest.approx(2.0)


def test_the_table_has_a_row_a_figure_and_its_growth():
    cost = Cost(wall_s=2.0, cpu_s=1.5, peak_mib=300.0)
    small = Measured(Size(1, 1, 10), {"plan": cost}, page_mb=1.0, records_mb=0.5)
    large = Measured(Size(1, 1, 100), {"plan": Cost(20.0, 15.0, 300.0)}, page_mb=2.0, records_mb=5.0)
    head, _, seconds, peak, *_ = table([small, large]).splitlines()
    assert head == "|  | 10 trials | 100 trials | exponent |"
    assert seconds == "| plan, s | 2 | 20 | 1.00 |"
    assert peak == "| plan, MiB | 300 | 300 | 0.00 |"
    assert table([small]).splitlines()[2] == "| plan, s | 2 | – |"
