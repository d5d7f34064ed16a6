import os
import subprocess

import pytest
from servebench.build import cmake as cmake_builder
from servebench.trial.server import free_port
from support.packages import make_package
from support.toolchain import HAS_COMPILER


def test_without_a_compiler_a_system_is_unavailable_with_a_remedy(cancer_model, tmp_path, monkeypatch):
    monkeypatch.setattr(cmake_builder, "find_compiler", lambda _: None)
    manifest = make_package("beast", cancer_model, tmp_path / "beast")
    assert manifest["status"] == "unavailable"
    assert "no C++ compiler" in manifest["reason"]
    assert "install" in manifest["remedy"]


@pytest.mark.skipif(not HAS_COMPILER, reason="no C compiler on this machine")
def test_crow_without_a_network_is_unavailable_with_its_reason_and_soon(cancer_model, tmp_path, monkeypatch):
    # A proxy on a closed port is no network, on any machine.
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setattr("support.packages.CACHE", tmp_path / "cache")
    if "CMAKE_PREFIX_PATH" in os.environ:
        monkeypatch.delenv("CMAKE_PREFIX_PATH")
    manifest = make_package("crow", cancer_model, tmp_path / "crow")
    if manifest["status"] == "built":
        pytest.skip("Crow is installed on this machine")
    assert manifest["reason"] == "Crow 1.3.3 is not installed and its release could not be downloaded"
    assert "make retry" in manifest["remedy"]


def test_a_package_runs_from_anywhere(cancer_model, tmp_path):
    manifest = make_package("fastapi", cancer_model, tmp_path / "package")
    assert manifest["status"] == "built"
    assert manifest["size_bytes"] > 0
    done = subprocess.run([tmp_path / "package" / "run", "--help"], cwd="/", capture_output=True, text=True, check=True)
    assert "--port" in done.stdout
