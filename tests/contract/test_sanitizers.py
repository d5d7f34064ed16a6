"""The C++ servers under the sanitizers: built once, then a few requests."""

import pytest
from servebench.check.system import check_system
from support.packages import make_wire
from support.sanitized import assert_shares_nothing_unguarded, build_sanitized
from support.servers import CPP_IN_EVERY_SUITE
from support.toolchain import HAS_COMPILER

pytestmark = pytest.mark.skipif(not HAS_COMPILER, reason="no C++ compiler on this machine")


def test_a_server_uses_its_memory_well(cancer_model, tmp_path):
    # They share what reads and writes bodies; `make test-servers` asks it of each.
    package = build_sanitized("beast", "address,undefined", cancer_model, tmp_path / "package")
    check_system(
        package, cancer_model, 60.0, True, tmp_path / "check.json", tmp_path / "check.log", make_wire(cancer_model)
    )
    assert "ERROR" not in (tmp_path / "check.server.log").read_text()


@pytest.mark.parametrize("server", CPP_IN_EVERY_SUITE)
def test_the_threads_of_a_server_share_nothing_unguarded(server, cancer_model, tmp_path):
    assert_shares_nothing_unguarded(server, cancer_model, tmp_path)
