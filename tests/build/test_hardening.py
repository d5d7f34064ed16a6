"""What is compiled is hard to take over: read off the programs themselves."""

import platform
import shutil
import subprocess

import pytest
from servebench.build.cmake_project import DEFAULT_OPTIONS, CMakeProject
from servebench.calibrate.servers import PROJECT as CALIBRATION
from servebench.generator.native import EXECUTABLE, PROJECT
from servebench.paths import CACHE
from support.servers import CPP, built
from support.toolchain import HAS_COMPILER

pytestmark = [
    pytest.mark.skipif(not HAS_COMPILER, reason="no C++ compiler on this machine"),
    pytest.mark.skipif(shutil.which("readelf") is None, reason="no readelf on this machine"),
]

CMAKE_LISTS = """
cmake_minimum_required(VERSION 3.25)
project(tiny LANGUAGES CXX)
add_executable(tiny main.cpp)
"""
# A copy whose target the compiler knows, and whose length it does not.
MAIN = """
#include <cstdlib>
#include <cstring>
int main(int count, char** words) {
  char small[16];
  std::memcpy(small, words[0], static_cast<std::size_t>(std::atoi(words[count - 1])));
  return small[3];
}
"""


def read(program, *options):
    return subprocess.run(["readelf", "-W", *options, program], capture_output=True, text=True, check=True).stdout


def missing(program):
    """What a program lacks of all that each one must have."""
    header, segments, dynamic = read(program, "-h"), read(program, "-l"), read(program, "-d")
    kept = {
        "position independent": "DYN" in header,
        "relocations read-only": "GNU_RELRO" in segments,
        "bound at the start": "NOW" in dynamic,
        "stack not executable": any("GNU_STACK" in line and "RWE" not in line for line in segments.splitlines()),
        "stack protected": "__stack_chk_fail" in read(program, "-s"),
    }
    return [name for name, is_kept in kept.items() if not is_kept]


@pytest.fixture
def tiny(tmp_path):
    """Compile a project of somebody else's, which says nothing of hardening."""
    folder = tmp_path / "theirs" / "tiny"
    folder.mkdir(parents=True)
    (folder / "CMakeLists.txt").write_text(CMAKE_LISTS)
    (folder / "main.cpp").write_text(MAIN)

    def compile_with(**options):
        program = tmp_path / "program"
        CMakeProject("tiny", folder, options={**DEFAULT_OPTIONS, **options}).build("tiny", program, tmp_path / "cache")
        return program

    return compile_with


@pytest.mark.parametrize("system", CPP)
def test_a_server_is_hardened(system, cancer_model, tmp_path):
    assert missing(built(system, cancer_model, tmp_path / "package") / "server") == []


@pytest.mark.parametrize(("project", "target"), [(PROJECT, EXECUTABLE), (CALIBRATION, "null_server")])
def test_what_measures_is_hardened(project, target, tmp_path):
    project.build(target, tmp_path / target, CACHE)
    assert missing(tmp_path / target) == []


def test_a_project_of_others_is_hardened_too(tiny):
    program = tiny()
    assert missing(program) == []
    assert "__memcpy_chk" in read(program, "-s")
    done = subprocess.run([program, "17"], capture_output=True, text=True, check=False)
    assert done.returncode < 0
    assert "buffer overflow detected" in done.stderr


@pytest.mark.skipif(platform.machine() != "x86_64", reason="CET is of x86")
@pytest.mark.skipif(shutil.which("objdump") is None, reason="no objdump on this machine")
def test_a_jump_may_land_where_a_function_begins_alone(tiny):
    command = ["objdump", "--disassemble=main", "--no-show-raw-insn", str(tiny())]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert lines[lines.index(next(line for line in lines if line.endswith("<main>:"))) + 1].endswith("endbr64")


def test_without_it_the_same_program_is_not(tiny):
    program = tiny(SERVEBENCH_HARDENING="OFF")
    assert "stack protected" in missing(program)
    assert "__memcpy_chk" not in read(program, "-s")
