import pytest
from servebench.build.rows import refusal_of_rows

OF_SERVER = {"definition": {"server": "mine"}}


@pytest.mark.parametrize(
    ("package", "rows"),
    [(OF_SERVER, 1), ({}, 1), ({**OF_SERVER, "rows": "many"}, 16), ({"url": "http://localhost:1", "rows": "many"}, 16)],
)
def test_one_row_is_asked_of_all_and_many_of_who_takes_them(package, rows):
    assert refusal_of_rows(package, rows) is None


@pytest.mark.parametrize("package", [OF_SERVER, {**OF_SERVER, "rows": "one"}])
def test_a_server_of_one_row_is_not_asked_for_many_and_the_remedy_says_where(package):
    reason, remedy = refusal_of_rows(package, 16)
    assert reason == "its server takes one row a request"
    assert remedy.endswith("write `rows: many` in servers/mine/server.yaml")


def test_an_endpoint_of_one_row_is_told_by_its_url():
    reason, remedy = refusal_of_rows({"url": "http://localhost:1"}, 16)
    assert reason == "what answers at http://localhost:1 takes one row a request"
    assert remedy.endswith("write `rows: many` beside its url")
