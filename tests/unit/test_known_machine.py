import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servebench.build.cmake import server_project
from servebench.build.python_environment import environment_folder, find_requirements
from servebench.build.request import Unavailable
from servebench.campaign import Campaign
from servebench.files import read_json, write_json, write_text
from servebench.json_lines import append_json_line
from servebench.paths import MANIFEST, SERVERS, StudyPaths
from servebench.plan.known_machine import PACES, KnownMachine, RunShown, ShownTrials
from servebench.plan.remember import remember_run, shown_trials
from servebench.progress import JOB_START_S, Expected, append_timeline
from servebench.words import Phase
from support.packages import default_config

EXPECTED = {Phase.PREPARE: 10.0, Phase.BUILD: 40.0, Phase.CALIBRATE: 2.0, Phase.TRIALS: 100.0, Phase.REPORT: 10.0}


def test_an_unknown_machine_has_shown_and_keeps_nothing(tmp_path):
    assert KnownMachine.read(tmp_path) == KnownMachine(KnownMachine.read(tmp_path).cpus)


@given(st.floats(0.3, 4.0), st.floats(0.3, 4.0))
def test_the_plan_after_a_run_expects_what_the_run_took(before, factor):
    machine = KnownMachine(pace={Phase.REPORT: before})
    after = machine.after({Phase.REPORT: 100.0 * before}, RunShown({Phase.REPORT: 100.0 * factor}))
    assert 100.0 * after.pace[Phase.REPORT] == pytest.approx(100.0 * factor)


def test_short_phases_tell_nothing_and_odd_ones_are_bounded():
    took = {Phase.CALIBRATE: 9.0, Phase.REPORT: 4000.0, Phase.PREPARE: 0.0}
    after = KnownMachine(pace={Phase.CALIBRATE: 1.5}).after(EXPECTED, RunShown(took))
    assert after.pace == {Phase.CALIBRATE: 1.5, Phase.REPORT: PACES[1]}


def test_what_other_systems_showed_before_is_kept():
    before, now = ShownTrials(1.0, 0.0), ShownTrials(2.0, 0.5)
    machine = KnownMachine(checks={"crow": 1.0, "beast": 2.0}, trials={"crow/native": before, "beast/native": before})
    after = machine.after({}, RunShown({}, {"crow": 3.0}, {"crow/native": now}))
    assert after.checks == {"crow": 3.0, "beast": 2.0}
    assert after.trials == {"crow/native": now, "beast/native": before}
    assert after.made_again == pytest.approx(0.25)


def test_what_is_known_is_read_back(tmp_path):
    shown = {"crow/native": ShownTrials(0.25, 0.5)}
    known = KnownMachine(
        pace={Phase.REPORT: 1.25}, checks={"crow": 1.5}, trials=shown, unavailable=frozenset({"beast"})
    )
    known.write(tmp_path)
    room = tmp_path / "build/beast-0123"
    for place, path in server_project(SERVERS / "beast").copied_files().items():
        write_text(room / "sources" / place, path.read_text())
    write_text(room / "objects/.ninja_log", "")
    for name in ("truth-locust", "stall-native", "meter"):
        write_json(tmp_path / f"calibration/{name}-4567.json", {})
    folder = environment_folder(find_requirements(SERVERS / "flask"), tmp_path)
    for name in (".complete", "bin/python"):
        write_text(folder / name, "")
    machine = KnownMachine.read(tmp_path)
    assert (machine.pace, machine.checks, machine.trials) == (known.pace, known.checks, shown)
    assert machine.unavailable == {"beast"}
    assert machine.compiled == {"beast"}
    # The generator that is not compiled was another one.
    assert machine.calibrated == {"truth-locust", "meter"}
    assert machine.environments == {"flask"}


def test_paces_against_other_figures_are_forgotten(tmp_path):
    KnownMachine(pace={Phase.REPORT: 1.2}, checks={"crow": 1.5}).write(tmp_path)
    (path,) = (tmp_path / "machine").glob("*.json")
    write_json(path, read_json(path) | {"figures": 1})
    machine = KnownMachine.read(tmp_path)
    assert (machine.pace, machine.checks) == ({}, {"crow": 1.5})
    write_json(path, {"pace": {"TRIALS": 1.7, "REPORT": 1.2}, "unavailable": []})
    assert KnownMachine.read(tmp_path).pace == {}


def test_sources_that_have_changed_are_compiled_again(tmp_path):
    project = server_project(SERVERS / "beast")
    room = tmp_path / "build/beast-0123"
    for place, path in project.copied_files().items():
        write_text(room / "sources" / place, path.read_text())
    assert not project.is_compiled(tmp_path)
    write_text(room / "objects/.ninja_log", "")
    assert project.is_compiled(tmp_path)
    write_text(room / "sources/beast/main.cpp", "int main() {}")
    assert not project.is_compiled(tmp_path)


def trial(system, wall_s, made_again=0, load_point="users-1", outcome="measured"):
    key = {"model": "m", "system": system, "generator": "native", "load_point": load_point, "repeat": 1}
    return {"campaign": "now", **key, "outcome": outcome, "wall_s": wall_s, "made_again": made_again}


def test_trials_show_what_is_around_a_window_and_how_often_it_was_made_again():
    config = default_config(warmup_s=1, duration_s=2)
    journal = [
        *(trial("crow", 3.5), trial("crow", 9.0, 1), trial("beast", 9.9, outcome="server died")),
        *(trial("beast", 0.01, outcome="not needed"), trial("beast", 20.0, load_point="share-70")),
    ]
    assert shown_trials(config, journal) == {"crow/native": ShownTrials(start_s=1.0, made_again=0.5)}


def test_a_run_is_remembered_and_said_in_one_line(tmp_path):
    paths = StudyPaths(tmp_path / "study")
    write_json(paths.build("m", "crow") / MANIFEST, {"system": "crow", "status": "unavailable"})
    # What a model does not allow tells nothing of the machine.
    of_model = Unavailable("the model has texts", "measure another", is_of_model=True)
    write_json(paths.build("m", "beast") / MANIFEST, {"system": "beast", **of_model.manifest})
    Expected("now", 1000.0, EXPECTED, {"m/beast/g/users-1": 10.0}).write(paths.expected)
    check = {"campaign": "now", "phase": "BUILD", "job": "checking beast"}
    append_json_line(paths.timeline, check | {"started_unix_s": 1050.0, "ended_unix_s": 1060.0})
    append_json_line(paths.journal, trial("beast", 14.5) | {"ended_unix_s": 1080.0})
    config = default_config(warmup_s=1, duration_s=2)
    said = remember_run(config, paths, Campaign("now", None, 1), tmp_path / "cache")
    assert said == "took:    1 min 20 s: builds and checks 1 min 0 s, trials 20 s"
    machine = KnownMachine.read(tmp_path / "cache")
    assert machine.checks == {"beast": 10.0 + JOB_START_S}
    assert machine.trials == {"beast/native": ShownTrials(11.5, 0.0)}
    assert machine.unavailable == {"crow"}
    assert remember_run(config, paths, Campaign("another", None, 1), tmp_path / "cache") == ""


@pytest.mark.parametrize("step_s", [3600.0, -3600.0])
def test_a_run_in_which_the_clock_was_set_teaches_nothing(tmp_path, step_s):
    paths = StudyPaths(tmp_path / "study")
    begun = (time.time() + step_s, time.monotonic())
    Expected("now", begun[0], EXPECTED, {}, started_monotonic_s=begun[1]).write(paths.expected)
    append_timeline(paths, "now", Phase.BUILD, "building beast", begun[0])
    said = remember_run(default_config(), paths, Campaign("now", None, 1), tmp_path / "cache")
    assert said == "took:    not known: the machine's clock was set meanwhile, or it slept"
    assert not (tmp_path / "cache").exists()
