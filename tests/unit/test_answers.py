import pytest
from servebench.answers import answer_differs

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


def test_the_same_answer_and_rounding_of_the_last_bit_are_equal():
    assert not answer_differs(CLASS, CLASS)
    assert not answer_differs({"prediction": 3, "probabilities": [0.25, 0.75 + 1e-15]}, CLASS)


def test_a_regression_is_compared_relatively():
    assert not answer_differs({"prediction": 150.00000000000003}, {"prediction": 150.0})
    assert answer_differs({"prediction": 150.0001}, {"prediction": 150.0})
