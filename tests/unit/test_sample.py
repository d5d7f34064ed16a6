from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from servebench.errors import ServebenchError
from servebench.model import sample as sample_module
from servebench.model.contract import Column
from servebench.model.sample import names_of, read_sample, require_columns
from servebench.words import ColumnType

TABLE = pd.DataFrame(
    {
        "age": [31.5, None, 40.0],
        "calls": [1, 2, 3],
        "plan": ["basic", None, "große"],
        "is_member": [True, False, True],
        "has_paid": [True, None, False],
        "unknown": [None, None, None],
    }
)
COLUMNS = (
    Column(name="age", has_null=True),
    Column(name="calls"),
    Column(name="plan", type=ColumnType.TEXT, has_null=True),
    Column(name="is_member", type=ColumnType.BOOLEAN),
    Column(name="has_paid", type=ColumnType.BOOLEAN, has_null=True),
    Column(name="unknown", has_null=True),
)
ROWS = [
    [31.5, 1, "basic", True, True, None],
    [None, 2, None, False, None, None],
    [40, 3, "große", True, False, None],
]


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_columns_type_and_its_missing_values_are_seen(tmp_path, suffix):
    path = tmp_path / f"sample{suffix}"
    TABLE.to_csv(path, index=False) if suffix == ".csv" else TABLE.to_parquet(path)
    found = read_sample(path)
    assert found.columns == COLUMNS
    assert found.rows == ROWS
    # A whole number has no decimal point, a boolean is none.
    assert [type(value) for value in found.rows[2]] == [int, int, str, bool, bool, type(None)]


def test_categories_are_kept_in_their_order(tmp_path):
    path = tmp_path / "sample.parquet"
    city = pd.Categorical(["Ulm", None, "Bonn"], categories=["Ulm", "Bonn", "Rom"], ordered=True)
    pd.DataFrame({"city": city}).to_parquet(path)
    found = read_sample(path)
    kept = {"has_null": True, "categories": ("Ulm", "Bonn", "Rom"), "is_ordered": True}
    assert found.columns == (Column(name="city", type=ColumnType.TEXT, **kept),)
    assert found.rows == [["Ulm"], [None], ["Bonn"]]
    assert not found.columns[0].takes("Köln")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "is empty"),
        (b"age,plan\n", "holds no rows"),
        (b'a\n"1', "cannot be read"),
        (b"a\n\xff\xfe\n", "cannot be read"),
        (b"a\n1e39\n", "column 'a' holds a number that is not finite in float32"),
        (b"a\ninf\n", "column 'a' holds a number that is not finite in float32"),
    ],
)
def test_a_sample_that_cannot_be_used_is_one_line(tmp_path, text, words):
    path = tmp_path / "sample.csv"
    path.write_bytes(text)
    with pytest.raises(ServebenchError, match=words) as caught:
        read_sample(path)
    assert "\n" not in str(caught.value)


def test_what_json_does_not_have_is_refused(tmp_path):
    path = tmp_path / "sample.parquet"
    pd.DataFrame({"when": pd.to_datetime(["2024-01-01"])}).to_parquet(path)
    with pytest.raises(ServebenchError, match="column 'when' holds Timestamp: a request carries numbers"):
        read_sample(path)


def test_rows_of_a_long_sample_stand_for_all(tmp_path, monkeypatch):
    monkeypatch.setattr(sample_module, "MOST_ROWS", 3)
    path = tmp_path / "sample.csv"
    pd.DataFrame({"a": np.arange(101)}).to_csv(path, index=False)
    assert read_sample(path).rows == [[0], [50], [100]]


def test_more_columns_than_a_request_has_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sample_module, "MOST_COLUMNS", 1)
    path = tmp_path / "sample.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ServebenchError, match="has 2 columns: at most 1"):
        read_sample(path)


class LikeCatBoost:
    """How CatBoost 1.2 tells what it was trained on; the package itself is too large for these tests."""

    n_features_in_ = 0

    def __init__(self, names):
        self.feature_names_ = names


def test_catboost_tells_names_and_number_of_columns_by_words_of_its_own():
    assert names_of(LikeCatBoost(["b", "a"])) == ("b", "a")
    # Trained on an array, it names the places.
    assert names_of(LikeCatBoost(["0", "1"])) is None
    columns = tuple(Column(name=name, type=ColumnType.NUMBER, has_null=False) for name in "ab")
    require_columns(Path("s.csv"), columns, LikeCatBoost(["0", "1"]))
    with pytest.raises(ServebenchError, match=r"has 2 columns, the model was trained on 3"):
        require_columns(Path("s.csv"), columns, LikeCatBoost(["0", "1", "2"]))
