"""What `make check-server` prints of an examination."""

from servebench.check.contract import Failure, load_cases
from servebench.check.examination import CaseResult, Examination
from servebench.check.told import summary, tell_case, tell_rest
from servebench.words import Contract


def examination(contract, n_failed):
    """An examination of all cases of which the last ones failed, as did one line of its health."""
    cases = load_cases()
    first_failed = len(cases) - n_failed
    results = tuple(
        CaseResult(case, contract, False, Failure(case.name, "a", "b") if place >= first_failed else None)
        for place, case in enumerate(cases)
    )
    health = (Failure("healthz status", "ok", "None"),) if n_failed else ()
    return Examination(contract, {}, health, results, (), 1_000)


def told(found, tmp_path, capsys):
    for result in found.results:
        tell_case(result)
    tell_rest(found, tmp_path / "log")
    return capsys.readouterr().out.splitlines()


def test_what_a_minimal_contract_does_not_promise_has_not_failed(tmp_path, capsys):
    found = examination(Contract.MINIMAL, 40)
    lines = told(found, tmp_path, capsys)
    assert not any("failed" in line for line in lines)
    assert lines[-1] == f"  not promised by its minimal contract: 41 cases, all of them in {tmp_path / 'log'}"
    assert len((tmp_path / "log").read_text().splitlines()) == 41
    passed = len(load_cases()) - 40
    assert summary("x", found) == (
        f"x: {passed} passed, 40 not promised; 1,000 golden answers right: can be measured: what its minimal contract "
        "does not promise stands in the report"
    )


def test_a_few_such_cases_are_a_line_each(tmp_path, capsys):
    lines = told(examination(Contract.MINIMAL, 1), tmp_path, capsys)
    assert lines[-2] == "  not promised healthz status: expected ok, got None"
    assert lines[-1].endswith(": expected a, got b")


def test_a_full_contract_fails_in_each_case(tmp_path, capsys):
    found = examination(Contract.FULL, 40)
    lines = told(found, tmp_path, capsys)
    assert sum(line.startswith("  failed   ") for line in lines) == 41
    assert "40 failed, 0 excused; " in summary("x", found)
    assert summary("x", found).endswith("would not be measured")
