import json
from collections import Counter

import pytest
from servebench.errors import ServebenchError
from servebench.model.contract import Column
from servebench.model.payloads import draw_rows, draw_values, pool_size, read_replay, to_body
from servebench.model.sample import Sample
from servebench.words import ColumnType

COLUMNS = (
    Column(name="age", has_null=True),
    Column(name="plan", type=ColumnType.TEXT),
    Column(name="is_member", type=ColumnType.BOOLEAN),
)
SAMPLE = Sample(COLUMNS, [[20.5, "basic", True], [None, "plus", False], [60, "plus", True], [None, "plus", True]])


def test_rows_are_the_samples_and_the_seed_draws_them():
    rows = draw_rows(SAMPLE, 1, 400)
    assert all(row in SAMPLE.rows for row in rows)
    assert draw_rows(SAMPLE, 1, 400) == rows != draw_rows(SAMPLE, 2, 400)
    assert min(Counter(json.dumps(row) for row in rows).values()) > 60


def test_values_lie_in_their_columns_with_as_many_nulls():
    rows = draw_values(SAMPLE, "data", 1, 1000)
    ages = [row[0] for row in rows if row[0] is not None]
    assert 400 < len(ages) < 600
    assert all(20.5 <= age <= 60 and round(age, 1) == age for age in ages)
    assert {row[1] for row in rows} == {"basic", "plus"}
    assert {row[2] for row in rows} == {True, False}
    assert draw_values(SAMPLE, "data", 1, 1000) == rows


@pytest.mark.parametrize(("columns", "rows"), [(1, 10_000), (500, 10_000), (5_000, 1_000), (10_000, 500)])
def test_a_pool_of_wide_rows_has_fewer(columns, rows):
    assert pool_size(columns) == rows


def test_a_column_that_is_always_missing_stays_so():
    sample = Sample((Column(name="x", has_null=True),), [[None], [None]])
    assert draw_values(sample, "data", 1, 3) == [[None]] * 3


def test_a_body_holds_numbers_texts_booleans_and_null():
    assert to_body([1.0, 2.5, "a", True, None]) == '{"features":[1,2.5,"a",true,null]}'


def test_recorded_requests_are_sent_as_they_are_in_their_order(tmp_path):
    path = tmp_path / "requests.jsonl"
    lines = ['{"features": [1, "basic", true], "note": 1}', '{"features":[null,"new",false]}']
    path.write_text("\n".join(lines) + "\n")
    bodies, rows = read_replay(path, COLUMNS)
    assert bodies == lines
    assert rows == [[1, "basic", True], [None, "new", False]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds no requests"),
        ("{}", r"request 1: this is no body such as \{\"features\": \[\.\.\]\}"),
        ("[1]", "request 1: this is no body"),
        ('{"features":[1,"a",true]}\n{"features', "request 2: this is no body"),
        ('{"features":[1,"a"]}', "features must be an array of 3 values"),
        ('{"features":[1,null,true]}', "null for column 'plan', which is text in the sample"),
        ('{"features":["1","a",true]}', "\"1\" for column 'age', which is number or null in the sample"),
        ('{"features":[true,"a",true]}', "true for column 'age'"),
        ('{"features":[1e39,"a",true]}', "for column 'age'"),
    ],
)
def test_a_recorded_request_that_the_contract_refuses_is_one_line(tmp_path, text, words):
    path = tmp_path / "requests.jsonl"
    path.write_text(text)
    with pytest.raises(ServebenchError, match=words):
        read_replay(path, COLUMNS)
