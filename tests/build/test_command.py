"""The builder for servers of any language: a command of the shell that leaves what is started."""

from pathlib import Path

import pytest
from servebench.build.builder import Built
from servebench.build.command import COMMAND
from servebench.build.declared import systems_of_server
from servebench.build.request import BuildRequest, Unavailable
from servebench.build.server_manifest import ServerManifest, Tool, known_servers, load_server_manifest
from servebench.build.tools import said_version, tool_versions
from servebench.config import SystemDefinition
from support.packages import build_package
from support.toolchain import HAS_COMPILER

SCRIPT = 'touch "$SERVEBENCH_PACKAGE/server"'


def request(folder: Path, build: str, **more: object) -> BuildRequest:
    manifest = ServerManifest.model_validate(
        {
            **{"title": "x", "language": "sh", "framework": "none", "builder": "command", "inference": ["compiled"]},
            **{"start": "{package}/server --host {host} --port {port} --threads {threads}", "build": build, **more},
        }
    )
    package = folder / "package"
    package.mkdir()
    # The folder of a server that stands in the tree: the command is run there, and writes nothing to it.
    system = SystemDefinition.model_validate({"server": "crow", "inference": "compiled", "threads": 1})
    return BuildRequest(system, manifest, folder / "model", folder / "compiled", package, folder / "cache")


def test_what_the_command_leaves_is_the_server(tmp_path):
    build = f'test -f main.cpp; touch "$SERVEBENCH_CACHE/kept"; {SCRIPT}'
    assert COMMAND.build(request(tmp_path, build)) == Built(flags=[build])
    assert (tmp_path / "package/server").exists()
    assert (tmp_path / "cache/command/crow/kept").exists()


def test_a_tool_says_its_version_in_its_first_line():
    assert tool_versions([Tool(name="sh", version=["-c", "echo sh 1.0; echo more"], remedy="none")]) == {"sh": "sh 1.0"}


def test_a_missing_tool_is_unavailable_with_its_remedy():
    with pytest.raises(Unavailable, match="no-such-compiler is not on the PATH") as found:
        tool_versions([Tool(name="no-such-compiler", version=["--version"], remedy="install it")])
    assert found.value.remedy == "install it"


def test_a_package_says_its_version_or_why_not(tmp_path):
    assert said_version("echo 1.0 in $PWD; echo more", tmp_path) == f"1.0 in {tmp_path}"
    with pytest.raises(Unavailable, match="its `version` command ended with code 3: broken"):
        said_version("echo broken >&2; exit 3", tmp_path)


@pytest.mark.parametrize(
    ("build", "reason"),
    [
        ("echo begun; echo main.x:1: syntax >&2; exit 3", "the build failed: main.x:1: syntax"),
        ("false; " + SCRIPT, "the build failed: its command ended with code 1"),
        ("true", "the build left nothing in"),
        ("echo the module is not there; exit 1", "no network"),
    ],
)
def test_a_failed_command_says_why(tmp_path, build, reason):
    known = {"pattern": "module is not there", "reason": "no network", "remedy": "connect"}
    with pytest.raises(Unavailable, match=reason) as found:
        COMMAND.build(request(tmp_path, build, unavailable=[known]))
    assert found.value.remedy


@pytest.mark.skipif(not HAS_COMPILER, reason="no C compiler on this machine")
@pytest.mark.parametrize("name", [name for name in known_servers() if load_server_manifest(name).tools])
def test_a_server_without_its_toolchain_is_not_measured(name, cancer_model, tmp_path, monkeypatch):
    first = load_server_manifest(name).tools[0]
    system = next(iter(systems_of_server(name)))
    monkeypatch.setenv("PATH", str(tmp_path))
    manifest = build_package(system, cancer_model, tmp_path / "package")
    assert manifest["status"] == "unavailable"
    assert manifest["reason"] == f"{first.name} is not on the PATH"
    assert manifest["remedy"] == first.remedy
    assert "install" in first.remedy
    assert "make retry" in first.remedy
