import pandas as pd
import pytest
from servebench.analyse.tables import read_table, write_tables
from servebench.report.replication import ratio_of, replication_section
from test_tables import make_trial


def section(tmp_path, **cpp):
    results = [make_trial(tmp_path, "fastapi", r, 1000.0 + r) for r in (1, 2, 3)]
    results += [make_trial(tmp_path, "fastapi-native", r, 5000.0 + r) for r in (1, 2, 3)]
    results += [make_trial(tmp_path, "beast", r, cpp.pop("throughput", 1700.0), **cpp) for r in (1,)]
    results += [make_trial(tmp_path, "beast", r, 1700.0 + r, **cpp) for r in (2, 3)]
    write_tables(results, tmp_path / "tables")
    return replication_section(*(read_table(tmp_path / "tables", name) for name in ("cells", "contrasts")))


def row_of(text, claim):
    return next(line for line in text.splitlines() if claim in line)


def test_a_ratio_like_the_articles_is_replicated_and_the_stand_in_is_named(tmp_path):
    text = section(tmp_path)
    assert "| replicated |" in row_of(text, "50 % more requests/s")
    assert "`beast` stands for C++" in text
    assert "inference: scikit-learn over compiled" in text


def test_a_limit_of_the_generator_is_a_lower_bound(tmp_path):
    text = section(tmp_path, cpu=0.2, generator_cpu=0.99)
    assert "generator-bound: a lower bound" in row_of(text, "50 % more requests/s")
    assert "mostly time inside the generator" in row_of(text, "mean response time")


def test_the_same_memory_refutes_far_less_memory(tmp_path):
    assert "not replicated" in row_of(section(tmp_path), "far less memory")


def test_without_the_systems_there_is_no_table(tmp_path):
    results = [make_trial(tmp_path, "fastapi", r, 1000.0) for r in (1, 2, 3)]
    write_tables(results, tmp_path / "tables")
    cells, contrasts = (read_table(tmp_path / "tables", name) for name in ("cells", "contrasts"))
    assert replication_section(cells, contrasts) == ""


def test_a_contrast_is_found_either_way_round():
    row = {"model": "m", "generator": "g", "load_point": "p", "metric": "x", "numerator": "a", "denominator": "b"}
    table = pd.DataFrame([{**row, "ratio": 2.0, "ratio_low": 1.6, "ratio_high": 2.5}])
    assert ratio_of(table, "x", "a", "b", ("m", "g", "p")) == (1.6, 2.0, 2.5)
    assert ratio_of(table, "x", "b", "a", ("m", "g", "p")) == pytest.approx((0.4, 0.5, 0.625))
    assert ratio_of(table, "y", "a", "b", ("m", "g", "p")) is None
