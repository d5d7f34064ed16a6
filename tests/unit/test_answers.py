import pytest
from servebench.answers import answer_differs, answer_of_rows, is_right

CLASS = {"prediction": 3, "probabilities": [0.25, 0.75]}


@pytest.mark.parametrize(
    "answer",
    [
        {"prediction": 2, "probabilities": [0.25, 0.75]},
        {"prediction": 3, "probabilities": [0.25, 0.75 + 1e-9]},
        {"prediction": 3, "probabilities": [0.25]},
        {"prediction": 3},
        {"prediction": 3, "probabilities": [None, 0.75]},
        [3],
        None,
    ],
)
def test_a_wrong_class_is_seen(answer):
    assert answer_differs(answer, CLASS)


def test_a_tolerance_is_of_numbers_only():
    near = {"prediction": 3, "probabilities": [0.25, 0.75 + 1e-7]}
    assert answer_differs(near, CLASS)
    assert not answer_differs(near, CLASS, 1e-5)
    assert answer_differs({**near, "prediction": 2}, CLASS, 1e-5)


def test_the_same_answer_and_rounding_of_the_last_bit_are_equal():
    assert not answer_differs(CLASS, CLASS)
    assert not answer_differs({"prediction": 3, "probabilities": [0.25, 0.75 + 1e-15]}, CLASS)


def test_a_regression_is_compared_relatively():
    assert not answer_differs({"prediction": 150.00000000000003}, {"prediction": 150.0})
    assert answer_differs({"prediction": 150.0001}, {"prediction": 150.0})


@pytest.mark.parametrize(
    ("expected", "others"),
    [
        ("stays", ["leaves", 1, None, ["stays"]]),
        (True, [False, 1, "true"]),
        (1, [True, 2, "1"]),
        ([1.5, 2.0], [[1.5], [1.5, 2.1], 1.5, [1.5, "2"]]),
        (["a", "b"], [["b", "a"]]),
    ],
)
def test_labels_of_any_kind_and_several_outputs_are_compared(expected, others):
    assert not answer_differs({"prediction": expected}, {"prediction": expected})
    for other in others:
        assert answer_differs({"prediction": other}, {"prediction": expected}), other


@pytest.mark.parametrize(
    ("golden", "is_held"),
    [
        ({"": {"outputs": [{"data": [3]}, {"data": [0.25, 0.75]}], "id": "x"}}, True),
        ({"": {"outputs": [{"data": [3]}, {"data": [0.25, 0.75]}]}}, False),
        ({"/outputs/0/data": [3], "/outputs/1/data": [0.25, 0.75 + 1e-15]}, True),
        ({"/outputs/0/data/0": 3}, True),
        ({"/outputs/0/data": [3], "/outputs/1/data": [0.25, 0.76]}, False),
        ({"/outputs/0/data": [3], "/outputs/2/data": [0.25, 0.75]}, False),
        ({"/outputs/0/data": 3}, False),
    ],
)
def test_only_what_stands_at_the_golden_answers_pointers_counts(golden, is_held):
    body = b'{"id": "x", "outputs": [{"data": [3]}, {"data": [0.25, 0.75]}]}'
    assert is_right(body, golden) is is_held
    assert not is_right(b"no JSON", golden)


def test_the_answer_to_several_rows_holds_those_to_each():
    assert answer_of_rows([CLASS, {"prediction": 1, "probabilities": [0.5, 0.5]}]) == {
        "predictions": [3, 1],
        "probabilities": [[0.25, 0.75], [0.5, 0.5]],
    }
    assert answer_of_rows([{"prediction": 1.5}, {"prediction": [2, 3]}]) == {"predictions": [1.5, [2, 3]]}


def test_a_wrong_row_among_several_is_seen():
    expected = answer_of_rows([CLASS, CLASS])
    assert not answer_differs(expected, expected)
    assert answer_differs({**expected, "predictions": [3, 4]}, expected)
    assert answer_differs({"predictions": [3, 3]}, expected)
