import json

import pytest
from servebench.check.contract import cases_for, load_cases
from servebench.check.valid_row import ValidRow
from servebench.model.contract import Column, ModelContract
from servebench.words import ColumnType, RowsPerRequest

TEXT = Column(name="plan", type=ColumnType.TEXT)
FLAG = Column(name="is_member", type=ColumnType.BOOLEAN)
NUMBER = Column(name="calls")
NULLABLE = Column(name="age", has_null=True)
NULLABLE_TEXT = Column(name="town", type=ColumnType.TEXT, has_null=True)


def row(values, *columns, **facts):
    return ValidRow(values, ModelContract(columns=columns, **facts))


MIXED = row(["a", None, True, 3], TEXT, NULLABLE, FLAG, NUMBER)


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("$VALID", '["a",null,true,3]'),
        ("$SHORT", "[null,true,3]"),
        ("$LONG", '["a",null,true,3,0]'),
        ("$TEXT", '["a","1",true,3]'),
        ("$NULL", "[null,null,true,3]"),
        ("$BOOLEAN", "[true,null,true,3]"),
        ("$INFINITE", '["a",1e999,true,3]'),
        ("$LARGEST", '["a",3.4028234663852886e+38,true,3]'),
        ("$BEYOND", '["a",-1e39,true,3]'),
        ("$NAN", '["a",NaN,true,3]'),
    ],
)
def test_a_placeholder_goes_where_it_is_what_the_case_says(name, array):
    assert MIXED.can_fill(name)
    assert MIXED.fill(f"x{name}") == f"x{array}"


def test_a_row_of_numbers_is_changed_in_its_first_value():
    numbers = ValidRow.of_numbers([1.5, 2])
    assert numbers.fill("$TEXT $NULL $NAN") == '["1",2] [null,2] [NaN,2]'
    assert all(numbers.can_fill(exchange.body or "") for case in load_cases() for exchange in case.exchanges)


@pytest.mark.parametrize(
    ("valid", "left_out"),
    [
        (row([None], NULLABLE), {"null among the features"}),
        (
            row(["a"], TEXT),
            {"text among the features", "the largest feature", "a number that is not finite"}
            | {"a number beyond float32", "NaN among the features", "the largest feature among the rows"}
            | {"text in a later row", "a number beyond float32 in a later row"},
        ),
        (row([1], NUMBER, takes_largest=False), {"the largest feature", "the largest feature among the rows"}),
        (MIXED, set()),
    ],
)
def test_cases_without_meaning_for_the_columns_are_left_out(valid, left_out):
    chosen = cases_for(load_cases(), valid, RowsPerRequest.MANY)
    assert {case.name for case in load_cases()} - {case.name for case in chosen} == left_out


def test_of_a_model_that_takes_null_everywhere_only_null_in_the_place_of_a_row_or_a_body_is_a_mistake():
    chosen = cases_for(load_cases(), row([None, "a"], NULLABLE, NULLABLE_TEXT), RowsPerRequest.MANY)
    about_null = [case.name for case in chosen if "null" in case.name]
    assert about_null == ["null instead of an object", "null instead of a row"]


def test_the_oversized_body_is_json_beyond_the_limit():
    body = MIXED.fill('{"features":$OVERSIZED}')
    assert len(body) > 1024 * 1024
    assert set(json.loads(body)["features"]) == {0}


def test_a_server_of_one_row_is_asked_no_case_of_several():
    cases = load_cases()
    chosen = cases_for(cases, MIXED, RowsPerRequest.ONE)
    left_out = [case for case in cases if case not in chosen]
    assert left_out == [case for case in cases if any("rows" in (step.body or "") for step in case.exchanges)]


def test_a_valid_row_several_times_is_answered_by_its_golden_answer_as_often():
    (three,) = next(case for case in load_cases() if case.name == "three rows").exchanges
    golden = {"prediction": 1, "probabilities": [0.25, 0.75]}
    assert three.answer(golden) == {"predictions": [1] * 3, "probabilities": [[0.25, 0.75]] * 3}
    (refused,) = next(case for case in load_cases() if case.name == "no rows").exchanges
    assert refused.answer(golden) is None
