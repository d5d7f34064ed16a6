import pandas as pd
import pytest
from servebench.analyse.metrics import Column
from servebench.analyse.schema import TableSchema, load_schema, to_frame, violations
from servebench.errors import ServebenchError

SCHEMA = TableSchema(
    columns=[
        Column(name="system", type="string", required=True, meaning="m"),
        Column(name="threads", type="integer", meaning="m"),
    ]
)


def test_rows_become_columns_with_types_and_missing_is_empty():
    frame = to_frame([{"system": "a", "threads": None}, {"system": "b", "threads": 2}], SCHEMA)
    assert list(frame["threads"].isna()) == [True, False]
    assert frame["threads"].dtype == "Int64"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"system": "a", "threads": 1, "uss_mib": 2.0}, "no schema names uss_mib"),
        ({"system": "a"}, "it lacks threads"),
        ({"system": None, "threads": 1}, "system is empty in 1 rows"),
    ],
)
def test_a_row_that_does_not_keep_the_schema_is_refused(row, words):
    with pytest.raises(ValueError, match=words):
        to_frame([row], SCHEMA)


def test_a_broken_table_is_seen():
    assert violations(pd.DataFrame({"model": ["m"]}), SCHEMA)


@pytest.mark.parametrize(
    "text",
    [
        "columns:\n  - {name: x, type: number, unit: ms, meaning: m}\n",
        "columns:\n  - {name: x, type: decimal, meaning: m}\n",
        "columns:\n  - {metrics: trails}\n",
        "columns: []\nrows: []\n",
    ],
)
def test_a_schema_with_an_unknown_key_is_refused(tmp_path, text):
    (tmp_path / "trials.yaml").write_text(text)
    with pytest.raises(ServebenchError, match=r"trials\.yaml"):
        load_schema("trials", tmp_path)


def test_metrics_and_intervals_stand_for_their_columns():
    assert {"throughput_rps", "latency_p50_ms"} <= set(load_schema("trials").names)
    assert {"throughput_rps_low", "latency_p50_merged_ms", "waited_share"} <= set(load_schema("cells").names)
    assert {"ratio", "ratio_low", "ratio_high"} <= set(load_schema("contrasts").names)
