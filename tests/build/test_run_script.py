"""./run: what it takes, what it refuses, and what it starts."""

import shlex
import subprocess

import pytest
from servebench.build.start_command import Placeholder, write_run_script

VALUES = {Placeholder.PYTHON: "python", Placeholder.INFERENCE: "sklearn"}


@pytest.fixture
def package(tmp_path):
    folder = tmp_path / "a package"
    folder.mkdir()
    environment = {"MODEL": "{model}", "WORDS": "two words"}
    write_run_script(folder, START, environment, "workers", 1024, VALUES)
    return folder


START = """sh -c 'echo "$MODEL|$WORDS|$PWD|$*"' sh {host}:{port} {workers} {inference}"""


def run(package, *arguments):
    return subprocess.run([package / "run", *arguments], cwd="/", capture_output=True, text=True, check=False)


def test_options_and_what_the_build_knows_reach_the_command(package):
    done = run(package, "--host", "a b", "--workers", "3", "--port", "80")
    assert done.stdout == f"{package}/model|two words|{package}|a b:80 3 sklearn\n"
    assert run(package).stdout.endswith("|127.0.0.1:8000 1 sklearn\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--port", "65536"],
        ["--port", "-1"],
        ["--port", "99999999999999999999"],
        ["--port"],
        ["--host"],
        ["--workers", "0"],
        ["--workers", "1025"],
        ["--workers", "x"],
        ["--threads", "1"],
        ["8000"],
    ],
)
def test_what_it_does_not_take_is_one_line(package, arguments):
    done = run(package, *arguments)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("usage: run [--host ADDRESS] [--port 0..65535] [--workers 1..1024]; cannot read '")
    assert " ".join(arguments) in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_help_is_no_mistake(package):
    done = run(package, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "--workers" in done.stdout


HOSTILE = (
    "$(touch hostile)",
    "`touch hostile`",
    "; touch hostile",
    "' ; touch hostile; '",
    '"; touch hostile; "',
    "-rf ~",
)


def test_what_a_server_or_a_config_writes_reaches_the_command_as_it_stands(tmp_path):
    start = f"""sh -c 'printf "%s\\n" "$VALUE" "$@"' sh {shlex.join(HOSTILE)} {{host}}:{{port}}"""
    for text in HOSTILE:
        write_run_script(tmp_path, start, {"VALUE": text}, "workers", 1, VALUES)
        done = run(tmp_path, "--host", text)
        assert done.stdout.splitlines() == [text, *HOSTILE, f"{text}:8000"]
        assert not list(tmp_path.glob("hostile"))
