import subprocess

import pytest
from servebench.build import cmake_project
from servebench.build.cmake import server_project
from servebench.build.cmake_project import DEFAULT_OPTIONS
from servebench.build.request import Unavailable
from servebench.build.server_manifest import load_server_manifest
from servebench.paths import SERVERS
from servebench.trial.server import free_port
from support.packages import build_package
from support.toolchain import HAS_COMPILER


def test_without_a_compiler_a_system_is_unavailable_with_a_remedy(cancer_model, tmp_path, monkeypatch):
    monkeypatch.setattr(cmake_project, "find_compiler", lambda _: None)
    manifest = build_package("beast", cancer_model, tmp_path / "beast")
    assert manifest["status"] == "unavailable"
    assert "no C++ compiler" in manifest["reason"]
    assert "install" in manifest["remedy"]


@pytest.mark.skipif(not HAS_COMPILER, reason="no C compiler on this machine")
def test_crow_without_a_network_is_unavailable_with_its_reason_and_soon(cancer_model, tmp_path, monkeypatch):
    # A proxy on a closed port is no network, on any machine; an installed Crow is not looked for.
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{free_port()}")
    project = server_project(SERVERS / "crow", {**DEFAULT_OPTIONS, "CMAKE_DISABLE_FIND_PACKAGE_Crow": "ON"})
    with pytest.raises(Unavailable) as caught:
        project.build(
            "server",
            tmp_path / "server",
            tmp_path / "cache",
            places={"FETCHCONTENT_BASE_DIR": tmp_path / "sources"},
            linked={"SERVEBENCH_MODEL_DIR": cancer_model / "compiled"},
            known_failures=load_server_manifest("crow").unavailable,
        )
    assert caught.value.reason == "Crow 1.3.3 is not installed and its release could not be downloaded"
    assert "make retry" in caught.value.remedy


def test_a_package_runs_from_anywhere(cancer_model, tmp_path):
    manifest = build_package("fastapi", cancer_model, tmp_path / "package")
    assert manifest["status"] == "built"
    assert manifest["size_bytes"] > 0
    done = subprocess.run([tmp_path / "package" / "run", "--help"], cwd="/", capture_output=True, text=True, check=True)
    assert "--port" in done.stdout
