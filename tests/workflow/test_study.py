"""Tiny real studies, through snakemake as a user calls it."""

import json
import re
import shutil
import subprocess
import sys
import time

import pandas as pd
import pytest
import yaml
from servebench.analyse.schema import load_schema
from servebench.calibrate.outcome import not_measured
from servebench.config import load_config
from servebench.files import write_json
from servebench.paths import REPOSITORY
from servebench.plan.order import trial_priority
from servebench.report.plots import plots_of
from servebench.trial.key import TrialKey
from support.checkout import Checkout
from support.processes import none_left
from support.terminal import HIDE_CURSOR, SHOW_CURSOR

TINY = ["--cores", "2", "--configfile", "config/smoke.yaml", "--config", "systems=[fastapi-compiled]", "users=[1]"]

# What a test breaks and mends; CMake refuses it before anything is compiled.
SOURCES = "servers/beast/CMakeLists.txt"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory, study_cache):
    return Checkout(tmp_path_factory.mktemp("workflow") / "checkout", study_cache)


@pytest.fixture(scope="module")
def study(checkout):
    """A finished tiny study of two systems."""
    done = checkout.snakemake(*TINY[:-2], "systems=[fastapi-compiled,beast]", "users=[1]")
    assert done.returncode == 0, done.stdout
    return checkout.folder / "results" / "smoke", done.stdout


def test_the_plan_comes_first_and_the_result_last(study):
    _, output = study
    plan, trial, report = (output.index(word) for word in ("4 still to make", "trial 1/4", "report:  results/smoke"))
    assert plan < trial < report
    stages = re.findall(r"^\[([1-5])/5\] ", output, re.M)
    assert sorted(set(stages)) == list("12345")
    # Builds begin beside the training.
    assert [stage for stage in stages if stage > "2"] == sorted(stage for stage in stages if stage > "2")
    for noise in ("Select jobs to execute", "Assuming unrestricted", "Building DAG", "Using shell", "Elapsed time"):
        assert noise not in output


def test_a_dry_run_prints_the_plan_and_makes_nothing(study, checkout):
    done = checkout.snakemake("-n", *TINY, "study=dry")
    assert "2 still to make" in done.stdout
    assert "expected " in done.stdout
    assert not (checkout.folder / "results/dry").exists()
    assert "calibrate  generator native" in checkout.snakemake("-n", "calibrate").stdout


def test_everything_that_a_study_promises_is_there(study):
    folder, _ = study
    for name in ("config.yaml", "summary.md", "conclusions.json", "report.html", "provenance.json"):
        assert (folder / name).stat().st_size > 0
    for plot in plots_of(load_config(folder / "config.yaml")):
        for extension in ("html", "svg", "png", "csv"):
            assert (folder / "plots" / f"{plot.name}.{extension}").stat().st_size > 0
    for table in ("trials", "cells", "contrasts"):
        columns = [column.name for column in load_schema(table).columns]
        assert list(pd.read_csv(folder / "tables" / f"{table}.csv").columns) == columns
    assert (folder / "build/cancer-logistic/fastapi-compiled/run").exists()


def test_plots_work_offline(study):
    folder, _ = study
    for plot in plots_of(load_config(folder / "config.yaml")):
        page = (folder / "plots" / f"{plot.name}.html").read_text()
        assert "<script src=" not in page.replace("'", '"')


def test_provenance_names_versions_machine_and_hashes(study):
    provenance = json.loads((study[0] / "provenance.json").read_text())
    assert provenance["packages"]["snakemake"]
    assert provenance["machine"]["kernel"]
    assert set(provenance["builds"]) == {"cancer-logistic/fastapi-compiled", "cancer-logistic/beast"}
    assert "trials.csv" in provenance["sha256"]


def test_a_second_call_does_nothing(study, checkout):
    before = checkout.results("smoke")
    done = checkout.snakemake(*TINY[:-2], "systems=[fastapi-compiled,beast]", "users=[1]")
    assert done.returncode == 0
    assert "Nothing to be done" in done.stdout
    assert checkout.results("smoke") == before


def test_calibrating_prints_what_it_calibrates_and_its_lines_only(study, checkout):
    # The generators' agreement takes minutes and is tried by itself: it counts as there.
    write_json(study[0] / "calibration/generator_agreement.json", not_measured("a test", "none"))
    arguments = [*TINY[:-2], "systems=[fastapi-compiled,beast]", "users=[1]", "--forcerun", "calibrate_meter"]
    done = checkout.snakemake("calibrate", *arguments)
    assert done.returncode == 0, done.stdout
    assert "calibrate  the meter\n" in done.stdout
    assert "calibrated the meter: " in done.stdout
    for word in ("trials", "still to make", "report:", "results/smoke/summary.md"):
        assert word not in done.stdout


def test_added_points_measure_only_the_new_ones(study, checkout):
    before = checkout.results("smoke")
    done = checkout.snakemake(*TINY[:-2], "systems=[fastapi-compiled,beast]", "users=[1,3]", "repeats=2")
    assert done.returncode == 0, done.stdout
    assert "4 still to make" in done.stdout
    after = checkout.results("smoke")
    assert len(after) == 8
    assert {name: after[name] for name in before} == before
    trials = pd.read_csv(checkout.folder / "results/smoke/tables/trials.csv")
    assert trials["campaign"].nunique() == 2


def test_trials_were_made_in_the_planned_order_one_block_after_the_other(study):
    journal = [json.loads(line) for line in (study[0] / "journal.jsonl").read_text().splitlines()]
    first = [line for line in journal if line["campaign"] == journal[0]["campaign"]]
    made = [TrialKey(**{name: line[name] for name in TrialKey.model_fields}) for line in first]
    seed = yaml.safe_load((study[0] / "config.yaml").read_text())["seed"]
    assert made == sorted(made, key=lambda key: -trial_priority(seed, key))
    assert [key.repeat for key in made] == [1, 1, 2, 2]


def test_a_change_of_measurement_is_refused_and_nothing_is_lost(study, checkout):
    before = checkout.results("smoke")
    done = checkout.snakemake(*TINY, "duration_s=2")
    assert done.returncode != 0
    assert "measured with duration_s=1.0, the config now says 2.0" in done.stdout
    assert "Traceback" not in done.stdout
    assert checkout.results("smoke") == before


# What Snakemake itself prints before it reads the Snakefile.
NOTICES = ("Using workflow specific profile", "Config file config/config.yaml is extended")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--config", "repeat=3"], "--config repeat=3: unknown key 'repeat'; did you mean 'repeats'?"),
        (["--config", "users"], "--config users: a value is missing: write it like 'users=[1,10]'"),
        (["--configfile", "no.yaml"], "no.yaml does not exist: presets stand in config/, such as config/sweep.yaml"),
        (["--config", "systems=[fastpi]"], "config: systems: unknown name 'fastpi'; did you mean 'fastapi'?"),
        (["--config", "repeats=0"], "config: repeats: must be at least 1, not 0"),
        (["--config", "users=[-1]"], "config: users, entry 1: must be at least 1, not '-1'"),
    ],
)
def test_bad_input_is_one_clear_line(checkout, arguments, line):
    done = checkout.snakemake("-n", *arguments)
    assert done.returncode == 1
    assert [text for text in done.stdout.splitlines() if not text.startswith(NOTICES)] == [f"servebench: {line}"]


def test_dry_run_lint_and_report_work(study, checkout):
    assert checkout.snakemake("-n").returncode == 0
    done = checkout.snakemake("--lint", "--configfile", "config/scaling.yaml")
    assert done.returncode == 0, done.stdout
    arguments = ["--configfile", "config/smoke.yaml", "--config", "systems=[fastapi-compiled,beast]", "users=[1,3]"]
    done = checkout.snakemake("--report", "report.zip", *arguments)
    assert done.returncode == 0, done.stdout
    assert (checkout.folder / "report.zip").stat().st_size > 10_000


def test_ctrl_c_in_a_terminal_leaves_no_process_and_no_half_result_and_the_next_call_continues(checkout):
    arguments = [*TINY, "study=interrupted", "duration_s=3"]
    with checkout.in_terminal(*arguments) as run:
        checkout.await_trial("interrupted")
        run.press_ctrl_c()
        assert run.end() != 0
    assert "Traceback" not in run.text
    assert run.raw.rpartition(HIDE_CURSOR)[2].count(SHOW_CURSOR) == 1
    assert none_left(str(checkout.folder))
    root = checkout.folder / "results/interrupted/trials"
    assert not list(root.glob("**/.*.partial"))
    before = checkout.results("interrupted")
    with checkout.in_terminal(*arguments) as run:
        assert run.end(300) == 0, run.text
    after = checkout.results("interrupted")
    assert len(after) == 2
    assert {name: after[name] for name in before} == before
    # One table takes the place of the jobs' lines; the plan stands above it, the result comes last.
    plan, trials, result = map(run.text.index, ("still to make", "[4/5] trials", "report:  results/interrupted"))
    assert plan < trials < result
    assert "took:    " in run.text[result:]
    assert "[4/5] trial 1" not in run.text
    assert re.search(r"second [23] of 3 · [0-9,]+ requests/s · p99 [0-9.]+ ms", run.text)
    assert none_left(str(checkout.folder))


def test_a_running_study_refuses_another_process_and_after_sigkill_the_next_call_continues(checkout):
    arguments = [*TINY, "study=killed"]
    process = checkout.start(*arguments)
    try:
        checkout.await_trial("killed")
        done = checkout.snakemake(*arguments)
        assert done.returncode != 0
        assert f"study 'killed' is being worked on by process {process.pid}" in done.stdout
        assert "Traceback" not in done.stdout
    finally:
        process.kill()
        process.wait()
    assert none_left(str(checkout.folder), 20.0)
    done = checkout.snakemake(*arguments)
    assert done.returncode == 0, done.stdout
    assert len(checkout.results("killed")) == 2


@pytest.fixture
def unbuildable(tmp_path, study_cache):
    """A checkout with a server that no machine can build."""
    checkout = Checkout(tmp_path / "checkout", study_cache)
    (checkout.folder / SOURCES).write_text('message(FATAL_ERROR "this cannot be built")\n')
    preset = yaml.safe_load((checkout.folder / "config/smoke.yaml").read_text())
    preset |= {"study": "partly", "systems": ["hopeless", "fastapi-compiled"], "users": [1], "repeats": 1}
    preset["system_catalogue"] = {"hopeless": {"server": "beast", "inference": "compiled", "threads": "cores"}}
    (checkout.folder / "config/partly.yaml").write_text(yaml.safe_dump(preset))
    return checkout


def test_what_cannot_be_built_does_not_stop_the_others_and_is_listed_first(unbuildable):
    arguments = ["--cores", "2", "--configfile", "config/partly.yaml"]
    with unbuildable.in_terminal(*arguments, "--config", "require=all") as run:
        assert run.end(300) != 0
    assert run.text.count("servebench: hopeless is required") == 1
    assert "Traceback" not in run.text
    assert unbuildable.results("partly") == {}

    done = unbuildable.snakemake(*arguments)
    assert done.returncode == 0, done.stdout
    folder = unbuildable.folder / "results/partly"
    first = next(line for line in (folder / "summary.md").read_text().splitlines() if line.startswith("- "))
    assert first.startswith("- **hopeless** (cancer-logistic) was not measured: the build failed")
    assert "make retry" in first
    done = unbuildable.snakemake(*arguments)
    assert "Nothing to be done" in done.stdout

    # The remedy: mend it, and retry.
    shutil.copy(REPOSITORY / SOURCES, unbuildable.folder / SOURCES)
    done = unbuildable.servebench("retry", "partly")
    assert done.returncode == 0, done.stdout
    assert "was not measured" not in (folder / "summary.md").read_text()


def test_a_study_of_which_nothing_was_measured_fails_when_it_has_said_why(unbuildable):
    arguments = ["--cores", "2", "--configfile", "config/partly.yaml", "--config", "study=none", "systems=[hopeless]"]
    done = unbuildable.snakemake(*arguments)
    assert done.returncode == 1
    last = [line for line in done.stdout.splitlines() if line.startswith("servebench: ")][-1]
    assert last == "servebench: nothing was measured: the reasons and their remedies stand above"
    assert (unbuildable.folder / "results/none/report.html").exists()


def test_a_report_is_made_from_what_is_there(study, checkout, tmp_path):
    partial = checkout.folder / "results/partial"
    shutil.copytree(study[0], partial)
    for name in ("tables", "plots", "summary.md", "conclusions.json", "report.html"):
        path = partial / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.rmtree(partial / "trials/cancer-logistic/beast")
    environment = checkout.environment() | {"PYTHONPATH": str(checkout.folder / "workflow")}
    command = [sys.executable, "-m", "servebench", "report"]
    done = subprocess.run(
        [*command, "partial"], cwd=checkout.folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "fastapi-compiled" in (partial / "summary.md").read_text()
    done = subprocess.run(
        [*command, "nothing"], cwd=checkout.folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "is the study's name right?" in done.stderr
    assert "Traceback" not in done.stderr


def test_time_stands_still_for_a_comment_in_a_script(study, checkout):
    before = checkout.results("smoke")
    script = checkout.folder / "workflow/scripts/trial.py"
    script.write_text(script.read_text() + "# a comment\n")
    time.sleep(0.1)
    done = checkout.snakemake(*TINY[:-2], "systems=[fastapi-compiled,beast]", "users=[1,3]")
    assert "Nothing to be done" in done.stdout
    assert checkout.results("smoke") == before
