import pandas as pd
import pytest
from servebench.report.format import contrast_text, figure, markdown_table, percent, with_interval
from servebench.words import ContrastWord


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (pd.NA, "–"), (0, "0"), (1234.5, "1,230"), (12.345, "12.3"), (0.012345, "0.0123"), (100, "100")],
)
def test_figures_have_three_digits_and_missing_is_a_dash(value, text):
    assert figure(value) == text


def test_intervals_and_bounds_are_shown():
    row = {"x": 10.0, "x_low": 9.0, "x_high": 11.0}
    assert with_interval(row, "x") == "10 [9, 11]"
    assert with_interval(row, "x", is_lower_bound=True) == "≥ 10 [9, 11]"
    assert with_interval({**row, "x_low": None, "x_high": None}, "x") == "10"
    assert with_interval({**row, "x": pd.NA}, "x") == "–"


@pytest.mark.parametrize(("value", "text"), [(0.0, "0 %"), (0.0123, "1.23 %"), (None, "–"), (0.10, "10 %")])
def test_shares_are_percent(value, text):
    assert percent(value) == text


def test_bars_are_escaped():
    assert markdown_table(["a"], [["x|y"]]).splitlines()[-1] == "| x\\|y |"


@pytest.mark.parametrize("word", ContrastWord)
def test_a_contrasts_word_comes_with_its_reason_where_the_interval_does_not_say_it(word):
    is_plain = word in (ContrastWord.DIFFERENT, ContrastWord.SAME)
    assert contrast_text(word, "why") == (str(word) if is_plain else f"{word}: why")
