from servebench.analyse.advice import advice_of, advised
from servebench.words import Advice


def test_the_flags_of_a_cell_are_told_apart_with_what_to_do():
    flags = "3 errors (1 % of the answers); 2 windows were made again: it waited; CPUs were not pinned, b; a quota of "
    flags += "CPU held the server for up to 25 % of the window"
    assert advised(flags) == [
        (Advice.SERVER, "3 errors (1 % of the answers)"),
        (Advice.QUIET, "2 windows were made again: it waited; CPUs were not pinned, b"),
        (Advice.QUOTA, "a quota of CPU held the server for up to 25 % of the window"),
    ]


def test_words_that_are_no_flag_have_no_advice():
    assert advice_of("all is well") is None
