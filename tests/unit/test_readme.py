import pytest
from servebench.report.readme import BEGIN, END, README, render_readme
from servebench.words import ContrastWord, VerdictWord


def test_the_readme_says_what_the_words_mean():
    text = README.read_text(encoding="utf-8")
    assert render_readme(text) == text, "run `make format`"


def test_the_list_between_the_markers_is_made_anew():
    text = render_readme(f"before\n{BEGIN}\nstale\n{END}\nafter\n")
    assert text.startswith("before\n")
    assert text.endswith(f"{END}\nafter\n")
    assert "stale" not in text
    assert all(word.meaning in text for word in (*VerdictWord, *ContrastWord))


@pytest.mark.parametrize("text", ["", BEGIN, f"{END}{BEGIN}", f"{BEGIN}{END}{BEGIN}{END}"])
def test_markers_that_are_not_there_once_are_refused(text):
    with pytest.raises(ValueError, match="once each"):
        render_readme(text)
