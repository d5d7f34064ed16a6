"""The table of what a request costs."""

import pytest
from servebench.bench_servers import Cost, Question, choose, cost_between, costs_table
from servebench.errors import ServebenchError
from servebench.trial.meter import CpuReading
from support.packages import system_definitions


def costs(cpu_us):
    """Three rounds around a figure, a tenth of it the kernel's."""
    return {number: Cost(1e6 / cpu_us, cpu_us + number, cpu_us / 10) for number in range(3)}


def test_a_request_costs_what_the_tree_used_over_its_answers():
    first, last = CpuReading(10.0, 5.0, 2.0, 0), CpuReading(10.5, 5.4, 2.1, 0)
    cost = cost_between(first, last, 20_000.0)
    assert cost.cpu_us == pytest.approx(40.0)
    assert cost.kernel_us == pytest.approx(10.0)
    assert cost.user_us == pytest.approx(30.0)


def test_the_cheapest_prediction_comes_first_and_what_is_missing_is_empty():
    table = costs_table(
        {
            **{("dear", question): costs(100.0) for question in Question},
            ("cheap", Question.HEALTH): costs(5.0),
            ("cheap", Question.ECHO): {},
            ("cheap", Question.PREDICT): costs(10.0),
            **{("silent", question): {} for question in Question},
        }
    )
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[2:]]
    assert [line[0] for line in lines] == ["cheap"] * 4 + ["dear"] * 4 + ["silent"] * 4
    assert lines[1] == ["cheap", "echo", "–", "–", "–", "–"]
    assert lines[3] == ["cheap", "predict - echo", "–", "–", "–", "–"]
    assert lines[5][3].startswith("101 [")
    assert lines[5][5] == "10"


def test_the_order_is_of_the_means_not_of_a_round():
    unlucky, steady = dict(zip(range(3), (Cost(1.0, us, 1.0) for us in (90.0, 10.0, 11.0)), strict=True)), costs(50.0)
    found = {(name, question): {} for name in ("steady", "unlucky") for question in Question}
    table = costs_table(found | {("unlucky", Question.PREDICT): unlucky, ("steady", Question.PREDICT): steady})
    assert table.index("unlucky") < table.index("steady")


def test_a_difference_is_taken_within_its_round():
    found = {("one", Question.HEALTH): {}, ("one", Question.ECHO): costs(10.0), ("one", Question.PREDICT): costs(15.0)}
    assert "| predict - echo | – | 5 [5, 5] |" in costs_table(found)
    # A round that one of them lacks says nothing of the difference.
    del found["one", Question.ECHO][0]
    found["one", Question.PREDICT][0] = Cost(1.0, 1e6, 0.0)
    assert "| predict - echo | – | 5 |" in costs_table(found)


def test_an_unknown_system_is_one_line_with_the_nearest_name():
    definitions = system_definitions()
    assert list(choose(definitions, "crow, beast")) == ["crow", "beast"]
    assert choose(definitions, None) == definitions
    with pytest.raises(ServebenchError, match=r"unknown system 'crov'.*crow"):
        choose(definitions, "crov")
