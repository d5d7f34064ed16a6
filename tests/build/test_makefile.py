"""What `make` calls, and what it says of itself."""

import os
import re
import shlex
import shutil
import subprocess

import pytest
from servebench.paths import REPOSITORY

MAKEFILE = (REPOSITORY / "Makefile").read_text(encoding="utf-8")

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="no make on this machine")

# What a caller's own make or shell may have set.
OF_MAKE = {"MAKEFLAGS", "STUDY", "CONFIG", "MODEL", "SAMPLE", "SYSTEM", "ARCHIVE", "A", "B", "OUT", "BASE", "HEAD"}


def make(*arguments, folder=REPOSITORY):
    """What make prints; `make test` itself hands down its variables."""
    environment = {name: value for name, value in os.environ.items() if name not in OF_MAKE}
    command = ["make", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout


def test_help_names_every_target_but_those_of_the_developers():
    helped = set(re.findall(r"^make ([a-z-]+)", make("help"), re.M))
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.M))
    assert targets - helped == {"study", "lint", "lock", "clean-environment"}
    assert helped <= targets


@pytest.mark.parametrize(
    ("arguments", "call"),
    [
        ([], "snakemake --cores all"),
        (["STUDY=x"], "snakemake --cores all --config study=x"),
        (["CONFIG=config/sweep.yaml"], "snakemake --cores all --configfile config/sweep.yaml"),
        (["CONFIG=a.yaml", "STUDY=x"], "snakemake --cores all --configfile a.yaml --config study=x"),
        (
            ["MODEL=a.joblib", "SAMPLE=a.csv", "STUDY=x"],
            "snakemake --cores all --config study=x model=a.joblib sample=a.csv",
        ),
        (["STUDY=x", "CORES=2", "ARGS=--verbose"], "snakemake --cores 2 --verbose --config study=x"),
        (["STUDY=x", "ARGS=--config repeats=2"], "snakemake --cores all --config study=x repeats=2"),
        (["plan", "STUDY=x"], "snakemake --cores all --config study=x --dry-run"),
        (["calibrate", "STUDY=x"], "snakemake --cores all --config study=x -- calibrate"),
        (["report", "STUDY=x"], "python -m servebench report x"),
        (["report"], "python -m servebench report default"),
        (["archive", "STUDY=x"], "python -m servebench archive x"),
        (["verify", "ARCHIVE=x.zip"], "python -m servebench verify x.zip"),
        (["serve", "SYSTEM=x"], "python -m servebench serve default x"),
        (["serve", "SYSTEM=x", "MODEL=m", "STUDY=y"], "python -m servebench serve y x --model m"),
        (["demo"], "python -m servebench demo"),
        (["list"], "python -m servebench list"),
        (["clean"], "python -m servebench clean"),
        (["gate", "STUDY=x", "RULES=r.yaml"], "python -m servebench gate x r.yaml"),
        (["gate", "RULES=r.yaml", "MARKDOWN=m.md"], "python -m servebench gate default r.yaml --markdown m.md"),
        (["compare", "A=results/x", "B=results/y"], "python -m servebench compare results/x results/y"),
        (["compare", "A=x", "B=y", "OUT=z"], "python -m servebench compare x y --out z"),
        (["ab", "SYSTEM=x", "BASE=main", "HEAD=HEAD"], "python -m servebench ab ab x main HEAD"),
        (["ab", "SYSTEM=x", "BASE=a", "HEAD=b", "ENTRIES=users=[1]"], "python -m servebench ab ab x a b users=[1]"),
        (["new-server", "NAME=x", "LIKE=y"], "python -m servebench new-server x --like y"),
        (["profile", "SYSTEM=x"], "python -m servebench profile default x"),
        (["profile", "SYSTEM=x", "MODEL=m", "STUDY=y"], "python -m servebench profile y x --model m"),
        (["test-slurm"], "pytest --durations=10 tests/slurm"),
        (["test-slurm", "ONLY=tests/slurm/x.py"], "pytest --durations=10 tests/slurm/x.py"),
        (["check-server", "NAME=x"], "python -m servebench check-server x"),
        (["check-server", "NAME=x", "MODEL=m"], "python -m servebench check-server x --model m"),
    ],
)
def test_a_study_and_its_preset_reach_the_call(arguments, call):
    lines = [shlex.split(line) for line in make("--dry-run", *arguments).splitlines()]
    assert call.split() in lines


HOSTILE = (
    "x; touch hostile",
    "$(touch hostile)",
    "`touch hostile`",
    "' ; touch hostile; '",
    "$(shell touch hostile)",
    "a b",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_caller_gives_is_one_word(text, tmp_path):
    calls = {
        "report": [f"STUDY={text}"],
        "verify": [f"ARCHIVE={text}"],
        "serve": [f"SYSTEM={text}", f"MODEL={text}", f"STUDY={text}"],
        "check-server": [f"NAME={text}"],
        "bench-analysis": [f"MOST={text}"],
        "study": [f"CONFIG={text}", f"MODEL={text}", f"SAMPLE={text}", f"STUDY={text}", f"CORES={text}"],
    }
    shutil.copy(REPOSITORY / "Makefile", tmp_path)
    for target, arguments in calls.items():
        lines = make("--dry-run", target, *arguments, folder=tmp_path).splitlines()
        words = [word for line in lines for word in shlex.split(line)]
        assert sum(word.partition("=")[2] == text or word == text for word in words) == len(arguments)
        assert not list(tmp_path.glob("hostile"))


def test_what_a_caller_gives_is_not_run_by_a_recipe(tmp_path):
    """Make hands what is exported to each recipe, and expands it for that."""
    shutil.copy(REPOSITORY / "Makefile", tmp_path)
    make("help", *(f"{name}=$(shell touch hostile)" for name in ("STUDY", "MODEL", "MOST")), folder=tmp_path)
    assert not list(tmp_path.glob("hostile"))
