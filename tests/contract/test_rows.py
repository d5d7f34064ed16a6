"""The gate of several rows a request: golden answers to bodies of several rows, or the reason why none are asked."""

import json

import pytest
from servebench.check.rows import check_rows
from servebench.errors import ServebenchError
from servebench.files import write_json
from support.packages import make_fault_package, make_package, make_wire


@pytest.fixture
def eight_rows(cancer_model):
    return make_wire(cancer_model, rows=8)


def checked(package, wire, folder):
    return check_rows(package, wire, 60.0, folder / "rows-8.json", folder / "rows-8.log")


def test_a_server_of_many_rows_gives_golden_answers_to_eight(cancer_model, eight_rows, tmp_path):
    make_package("fastapi", cancer_model, tmp_path / "package")
    outcome = checked(tmp_path / "package", eight_rows, tmp_path)
    assert outcome == {"status": "passed", "rows": 8, "golden_answers": 125}
    assert json.loads((tmp_path / "rows-8.json").read_text()) == outcome


def test_a_server_of_one_row_is_not_asked_for_eight(cancer_model, eight_rows, tmp_path):
    outcome = checked(make_fault_package("none", cancer_model, tmp_path / "package"), eight_rows, tmp_path)
    assert (outcome["status"], outcome["reason"]) == ("not checked", "its server takes one row a request")
    assert not (tmp_path / "rows-8.server.log").exists()


def test_a_wrong_answer_to_eight_rows_is_an_error_that_says_of_which(cancer_model, eight_rows, tmp_path, capsys):
    package = make_fault_package("none", cancer_model, tmp_path / "package")
    manifest = package / "manifest.json"
    write_json(manifest, {**json.loads(manifest.read_text()), "rows": "many"})
    with pytest.raises(ServebenchError, match=r"^check of fault with 8 rows a request failed in 5 cases: all are in "):
        checked(package, eight_rows, tmp_path)
    assert capsys.readouterr().out.startswith("golden answer 0: expected ")
    assert not (tmp_path / "rows-8.json").exists()
