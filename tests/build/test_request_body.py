"""The C++ servers' own reading of a body finds what Boost.JSON finds, on bodies that are valid and not."""

import json
import subprocess

import pytest
from servebench.build.cmake_project import CMakeProject
from servebench.paths import CACHE, SERVERS
from support.toolchain import HAS_COMPILER, SANITIZED

CONTRACT = SERVERS / "contract"
BODIES = 100_000
SEED = 20_261


@pytest.mark.skipif(not HAS_COMPILER, reason="no C++ compiler on this machine")
def test_a_body_is_read_as_boost_json_reads_it(tmp_path):
    program = tmp_path / "compare_bodies"
    CMakeProject("bodies", CONTRACT / "bodies", (CONTRACT / "cpp",), SANITIZED).build("compare_bodies", program, CACHE)
    done = subprocess.run([program, str(BODIES), str(SEED)], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout)
    # Each kind is met often, or nothing was compared.
    assert min(counts.values()) > BODIES / 10
