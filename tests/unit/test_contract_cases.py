"""The contract's cases, as they are asked of a server with ways of its own."""

from servebench.check.contract import load_cases


def paths_of(cases):
    return {case.name: case.exchanges[-1].path for case in cases if len(case.exchanges) == 1}


def test_health_is_asked_where_the_server_says_that_it_is():
    asked = paths_of(load_cases("/ping"))
    assert (asked["health"], asked["health with a query"]) == ("/ping", "/ping?a=1")
    assert asked["a path with a slash behind it"] == "/ping/"
    assert asked["a valid row"] == "/predict"
    assert not any("healthz" in path or "$" in path for path in asked.values())
    assert paths_of(load_cases())["HEAD of healthz"] == "/healthz"


def test_the_query_of_a_health_path_stays_behind_it():
    asked = paths_of(load_cases("/ready?now=1"))
    assert (asked["health"], asked["health with a query"]) == ("/ready?now=1", "/ready?a=1&now=1")
    assert asked["a path with a slash behind it"] == "/ready/?now=1"
