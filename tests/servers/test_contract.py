"""Every system against the contract; those whose environment is heavy are held against it here alone."""

import pytest
from servebench.check.system import check_system
from servebench.words import CheckStatus
from support.servers import asked, built, is_compiled, wire_of
from support.subjects import START_TIMEOUT_S


def test_a_system_keeps_its_contract(system, package, cancer_model, tmp_path, note):
    outcome = check_system(
        package,
        asked(system, cancer_model),
        START_TIMEOUT_S,
        True,
        tmp_path / "check.json",
        tmp_path / "log",
        wire_of(package, cancer_model),
    )
    note(f"contract: {len(outcome['cases'])} cases kept, {len(outcome['found_deviations'])} not")
    assert outcome["status"] == CheckStatus.PASSED


def test_nulls_reach_a_compiled_model(system, holed_model, tmp_path):
    if not is_compiled(system):
        pytest.skip("it asks another model than the compiled one")
    package = built(system, holed_model, tmp_path / "package")
    wire = wire_of(package, holed_model)
    outcome = check_system(package, holed_model, START_TIMEOUT_S, True, tmp_path / "check.json", tmp_path / "log", wire)
    assert outcome["status"] == CheckStatus.PASSED
