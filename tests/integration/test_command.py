"""The builder for servers of any language: a command of the shell that leaves an executable."""

import subprocess
from pathlib import Path

import pytest
from servebench.build.command import COMMAND
from servebench.build.request import BuildRequest, Unavailable
from servebench.build.server_manifest import ServerManifest
from servebench.config import SystemDefinition

SCRIPT = 'printf \'#!/bin/sh\\necho "$@"\\n\' > "$SERVEBENCH_PACKAGE/server"; chmod +x "$SERVEBENCH_PACKAGE/server"'


def request(folder: Path, build: str, tools: list[dict[str, object]], **more: object) -> BuildRequest:
    manifest = ServerManifest.model_validate(
        {
            **{"name": "crow", "language": "sh", "framework": "none", "builder": "command", "inference": ["compiled"]},
            **{"parallelism": "threads", "command": {"build": build, "tools": tools}, **more},
        }
    )
    package = folder / "package"
    package.mkdir()
    # The folder of a server that stands in the tree: the command is run there, and writes nothing to it.
    system = SystemDefinition.model_validate({"server": "crow", "inference": "compiled", "threads": 1})
    return BuildRequest(system, manifest, folder / "model", folder / "compiled", package, folder / "cache")


def test_what_the_command_leaves_is_the_server(tmp_path):
    tool = {"name": "sh", "version": ["-c", "echo sh 1.0; echo more"], "remedy": "none"}
    found = COMMAND.build(request(tmp_path, f'test -f main.cpp; touch "$SERVEBENCH_CACHE/kept"; {SCRIPT}', [tool]))
    assert found == {
        "versions": {"sh": "sh 1.0"},
        "flags": [f'test -f main.cpp; touch "$SERVEBENCH_CACHE/kept"; {SCRIPT}'],
    }
    done = subprocess.run(
        [tmp_path / "package/run", "--port", "1"], capture_output=True, text=True, check=True, cwd="/"
    )
    assert done.stdout == "--port 1\n"
    assert (tmp_path / "cache/command/crow/kept").exists()


def test_a_missing_tool_is_unavailable_with_its_remedy(tmp_path):
    tool = {"name": "no-such-compiler", "version": ["--version"], "remedy": "install it"}
    with pytest.raises(Unavailable, match="no-such-compiler is not on the PATH") as found:
        COMMAND.build(request(tmp_path, SCRIPT, [tool]))
    assert found.value.remedy == "install it"


@pytest.mark.parametrize(
    ("build", "reason"),
    [
        ("echo begun; echo main.x:1: syntax >&2; exit 3", "the build failed: main.x:1: syntax"),
        ("false; " + SCRIPT, "the build failed: its command ended with code 1"),
        ("true", "the build left no executable 'server'"),
        ("echo the module is not there; exit 1", "no network"),
    ],
)
def test_a_failed_command_says_why(tmp_path, build, reason):
    known = {"pattern": "module is not there", "reason": "no network", "remedy": "connect"}
    with pytest.raises(Unavailable, match=reason) as found:
        COMMAND.build(request(tmp_path, build, [], unavailable=[known]))
    assert found.value.remedy
