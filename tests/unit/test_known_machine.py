import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servebench.build.request import Unavailable
from servebench.campaign import Campaign
from servebench.files import write_json
from servebench.paths import MANIFEST, StudyPaths
from servebench.plan.known_machine import PACES, KnownMachine
from servebench.plan.remember import remember_run
from servebench.progress import Expected, append_timeline
from servebench.words import Phase

EXPECTED = {Phase.PREPARE: 10.0, Phase.BUILD: 40.0, Phase.CALIBRATE: 2.0, Phase.TRIALS: 100.0, Phase.REPORT: 10.0}


def test_an_unknown_machine_has_no_pace_and_keeps_nothing(tmp_path):
    machine = KnownMachine.read(tmp_path)
    assert (machine.pace, machine.unavailable, machine.compiled, machine.calibrated) == ({}, set(), set(), set())


@given(st.floats(0.3, 4.0), st.floats(0.3, 4.0))
def test_the_plan_after_a_run_expects_what_the_run_took(before, factor):
    machine = KnownMachine(pace={Phase.TRIALS: before})
    expected = {Phase.TRIALS: 100.0 * before}
    after = machine.after(expected, {Phase.TRIALS: 100.0 * factor}, frozenset())
    assert 100.0 * after.pace[Phase.TRIALS] == pytest.approx(100.0 * factor)


def test_short_phases_tell_nothing_and_odd_ones_are_bounded():
    after = KnownMachine(pace={Phase.CALIBRATE: 1.5}).after(
        EXPECTED, {Phase.CALIBRATE: 9.0, Phase.BUILD: 4000.0, Phase.PREPARE: 0.0}, frozenset()
    )
    assert after.pace == {Phase.CALIBRATE: 1.5, Phase.BUILD: PACES[1]}


def test_what_is_known_is_read_back(tmp_path):
    KnownMachine(pace={Phase.BUILD: 1.25}, unavailable=frozenset({"crow"})).write(tmp_path)
    (tmp_path / "build/beast-0123/objects").mkdir(parents=True)
    (tmp_path / "build/beast-0123/objects/.ninja_log").touch()
    write_json(tmp_path / "calibration/truth-native-4567.json", {})
    machine = KnownMachine.read(tmp_path)
    assert machine.pace == {Phase.BUILD: 1.25}
    assert machine.unavailable == {"crow"}
    assert machine.compiled == {"beast"}
    assert machine.calibrated == {"truth-native"}


def test_a_run_is_remembered_and_said_in_one_line(tmp_path):
    paths = StudyPaths(tmp_path / "study")
    write_json(paths.build("m", "crow") / MANIFEST, {"system": "crow", "status": "unavailable"})
    # What a model does not allow tells nothing of the machine.
    of_model = Unavailable("the model has texts", "measure another", is_of_model=True)
    write_json(paths.build("m", "beast") / MANIFEST, {"system": "beast", **of_model.manifest})
    key = {"model": "m", "system": "beast", "generator": "g", "load_point": "users-1", "repeat": 1}
    Expected("now", 1000.0, EXPECTED, {"m/beast/g/users-1/1": 10.0}).write(paths.expected)
    append_timeline(paths, "now", Phase.BUILD, "building beast", 1000.0)
    paths.timeline.write_text(paths.timeline.read_text().replace(paths.timeline.read_text().split()[-1], "1060.0}"))
    line = {"campaign": "now", **key, "outcome": "measured", "wall_s": 14.55, "ended_unix_s": 1080.0}
    paths.journal.write_text(json.dumps(line) + "\n")
    said = remember_run(paths, Campaign("now", None, 1), tmp_path / "cache")
    assert said == "took:    1 min 20 s: builds and checks 1 min 0 s, trials 20 s"
    machine = KnownMachine.read(tmp_path / "cache")
    assert machine.pace == {Phase.BUILD: 1.5, Phase.TRIALS: 1.5}
    assert machine.unavailable == {"crow"}
    assert remember_run(paths, Campaign("another", None, 1), tmp_path / "cache") == ""


@pytest.mark.parametrize("step_s", [3600.0, -3600.0])
def test_a_run_in_which_the_clock_was_set_teaches_nothing(tmp_path, step_s):
    paths = StudyPaths(tmp_path / "study")
    begun = (time.time() + step_s, time.monotonic())
    Expected("now", begun[0], EXPECTED, {}, begun[1]).write(paths.expected)
    append_timeline(paths, "now", Phase.BUILD, "building beast", begun[0])
    said = remember_run(paths, Campaign("now", None, 1), tmp_path / "cache")
    assert said == "took:    not known: the machine's clock was set meanwhile, or it slept"
    assert not (tmp_path / "cache").exists()
