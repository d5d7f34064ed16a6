import re
from dataclasses import replace
from typing import get_args

import pytest
from servebench.analyse.metrics import contrasted_at
from servebench.errors import ServebenchError
from servebench.generator.timetable import Timetable
from servebench.load_point import (
    PATTERN,
    AtObjective,
    ClosedLoop,
    LoadPoint,
    OpenLoop,
    ShareOfCapacity,
    load_point_of_rate,
    load_points,
    parse_load_point,
)
from servebench.words import Loop

POINTS = [ClosedLoop(100), OpenLoop(500), ShareOfCapacity(60), AtObjective()]


def test_no_class_and_no_loop_is_forgotten():
    assert {type(point) for point in POINTS} == set(get_args(LoadPoint))
    assert sorted(point.loop for point in POINTS) == sorted(Loop)


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.name)
def test_a_load_point_is_read_from_its_name(point):
    assert parse_load_point(point.name) == point
    assert re.fullmatch(PATTERN, point.name)


@pytest.mark.parametrize("loop", Loop)
def test_at_every_loop_systems_are_contrasted_in_something(loop):
    assert contrasted_at(loop), "name the loop in `contrast` of workflow/schemas/metrics.yaml"


@pytest.mark.parametrize(
    ("rate", "point"), [(500, OpenLoop(500)), ("60%", ShareOfCapacity(60)), ("60 %", ShareOfCapacity(60))]
)
def test_a_rate_of_the_config_is_a_load_point(rate, point):
    assert load_point_of_rate(rate) == point


@pytest.mark.parametrize(("point", "connections"), [(ClosedLoop(100), 100), (OpenLoop(500), 64), (AtObjective(), 64)])
def test_users_have_a_connection_each_and_rates_share_the_generators(point, connections):
    assert point.connections(64) == connections


def test_only_a_prescribed_load_has_a_timetable():
    assert ClosedLoop(100).timetable(4.0) is None
    assert OpenLoop(500).timetable(4.0) == Timetable.constant(500, 4.0)


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.name)
def test_several_rows_a_request_are_a_part_of_the_name(point):
    many = replace(point, rows=16)
    assert (many.name, many.label) == (f"{point.name}-rows-16", f"{point.label}, 16 rows a request")
    assert parse_load_point(many.name) == many != point
    assert re.fullmatch(PATTERN, many.name)


@pytest.mark.parametrize("rows", ["rows-1", "rows-0", "rows-", "rows-016", "rows-2-rows-2", "row-2"])
def test_one_row_is_never_said_and_nothing_else_is_a_number_of_rows(rows):
    assert re.fullmatch(PATTERN, f"users-64-{rows}") is None
    with pytest.raises(ServebenchError, match="users-100-rows-16"):
        parse_load_point(f"users-64-{rows}")


def test_each_load_is_measured_with_each_number_of_rows():
    points = load_points([1, 64], ["60%"], [1, 16], has_objective=True)
    names = ["users-1", "users-64", "share-60", "objective"]
    assert [point.name for point in points] == [name for load in names for name in (load, f"{load}-rows-16")]
    assert load_points([1], [5], [1]) == load_points([1], [5]) == [ClosedLoop(1), OpenLoop(5)]
