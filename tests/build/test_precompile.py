"""What is compiled before there is a model is what the build then only links."""

import pytest
from servebench.build import cmake_project
from servebench.build.cmake import server_project
from servebench.build.precompile import CALIBRATION, precompile, precompiled_files
from servebench.files import read_json
from servebench.paths import CACHE, SERVERS
from support.packages import build_package
from support.toolchain import HAS_COMPILER


def times(project):
    """The object files of a project with the times of their making."""
    room = CACHE / "build" / f"{project.name}-{project._key(cmake_project._compiler())[:16]}"
    return {path: path.stat().st_mtime_ns for path in room.rglob("*.cpp.o")}


@pytest.mark.skipif(not HAS_COMPILER, reason="no C++ compiler on this machine")
def test_the_build_after_it_compiles_nothing(cancer_model, tmp_path):
    outcome = precompile("beast", CACHE, tmp_path / "beast.json")
    assert outcome == read_json(tmp_path / "beast.json") == {"status": "built"}
    project = server_project(SERVERS / "beast")
    before = times(project)
    assert len(before) >= 2
    assert build_package("beast", cancer_model, tmp_path / "package", CACHE)["status"] == "built"
    assert times(project) == before


@pytest.mark.skipif(not HAS_COMPILER, reason="no C++ compiler on this machine")
def test_the_calibrations_programs_are_compiled_too(tmp_path):
    assert precompile(CALIBRATION, CACHE, tmp_path / "calibration.json")["status"] == "built"
    assert {path.suffix for path in precompiled_files(CALIBRATION)} >= {".cpp", ".hpp"}


def test_what_cannot_be_compiled_is_left_to_its_build_to_say(tmp_path, monkeypatch):
    monkeypatch.setattr(cmake_project, "find_compiler", lambda _: None)
    outcome = precompile("beast", tmp_path, tmp_path / "beast.json")
    assert outcome["status"] == "unavailable"
    assert "compiler" in outcome["reason"]
