"""A timetable's intended starts, against its rate's integral."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servebench.generator.timetable import Timetable

RATES = st.floats(1, 200)
GAPS = st.floats(0.1, 3)


@st.composite
def timetables(draw):
    times = [0.0]
    for gap in draw(st.lists(GAPS, min_size=1, max_size=4)):
        times.append(times[-1] + gap)
    return Timetable.of([(at_s, draw(RATES)) for at_s in times])


def requests_until(timetable, end_s):
    """The rate's integral up to a time."""
    total = 0.0
    for (from_s, from_rps), (to_s, to_rps) in pairwise(timetable.knots):
        if end_s > from_s:
            part = min(end_s, to_s) - from_s
            total += (from_rps + (to_rps - from_rps) * part / (to_s - from_s) / 2) * part
    return total


def test_a_constant_rate_is_an_even_grid():
    assert list(Timetable.constant(4, 1).starts(0, 1)) == pytest.approx([0, 0.25, 0.5, 0.75])


def test_a_rate_that_grows_from_nothing_is_the_root_of_the_count():
    starts = list(Timetable.of([(0, 0), (2, 8)]).starts(0, 1))
    assert starts == pytest.approx([(n / 2) ** 0.5 for n in range(8)])


@given(timetables())
def test_each_start_is_where_the_integral_reaches_its_number(timetable):
    starts = list(timetable.starts(0, 1))
    assert [requests_until(timetable, at_s) for at_s in starts] == pytest.approx(list(range(len(starts))), abs=1e-6)
    assert starts == sorted(starts)
    assert abs(len(starts) - requests_until(timetable, timetable.knots[-1][0])) <= 1


@given(timetables(), st.integers(1, 5))
def test_users_who_take_turns_share_all_starts(timetable, users):
    shared = sorted(at_s for user in range(users) for at_s in timetable.starts(user, users))
    assert shared == pytest.approx(list(timetable.starts(0, 1)))


@given(timetables(), st.floats(0.1, 1))
def test_a_share_of_it_has_a_share_of_the_requests(timetable, share):
    assert abs(len(list(timetable.share(share).starts(0, 1))) - share * len(list(timetable.starts(0, 1)))) <= 1 + share
