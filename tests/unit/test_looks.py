import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from servebench.analyse.tables import read_table, write_tables
from servebench.campaign import Campaign, announce_campaign
from servebench.files import write_json
from servebench.looks import find_look, first_precise_look
from servebench.paths import StudyPaths
from servebench.thresholds import LOOKS
from servebench.trial.key import TrialKey
from servebench.trial.record import Look, read_record
from servebench.trial.request import TrialRequest
from servebench.trial.run import run_trial
from servebench.trial.settings import TrialSettings
from servebench.words import Outcome
from support.packages import default_config
from support.trials import make_trial

STEADY, NOISY = (100.0, 101.0, 99.0, 100.5, 99.5), (100.0, 200.0, 50.0, 120.0, 80.0)


def campaign(name="one", precision=0.15):
    return Campaign(name, None, 0, precision)


def write_blocks(paths, throughputs, first=1, **changes):
    for system in ("a", "b"):
        for repeat, value in enumerate(throughputs, start=first):
            make_trial(paths.root / "trials", system, repeat, value, **changes)


def test_the_first_look_before_a_repeat_that_found_precision_decides():
    assert first_precise_look(5, lambda _: True) is None
    assert first_precise_look(6, lambda _: True) == 5
    assert first_precise_look(40, lambda blocks: blocks >= 15) == 15
    assert first_precise_look(15, lambda blocks: blocks >= 15) is None
    assert first_precise_look(40, lambda _: False) is None


@given(st.sets(st.sampled_from(LOOKS)))
def test_once_a_repeat_is_not_needed_no_later_one_is(precise):
    found = [first_precise_look(repeat, precise.__contains__) for repeat in range(1, 41)]
    stopped = [look for look in found if look is not None]
    assert found == [None] * (40 - len(stopped)) + stopped
    assert len(set(stopped)) <= 1


def test_steady_figures_need_five_blocks(tmp_path):
    paths = StudyPaths(tmp_path)
    write_blocks(paths, STEADY)
    assert find_look(paths, campaign(), 5) is None
    assert find_look(paths, campaign(), 6) == Look(precision=0.15, blocks=5)
    assert find_look(paths, campaign(), 40).reason == "precision of 15 % reached after 5 blocks"


def test_noisy_figures_need_more(tmp_path):
    paths = StudyPaths(tmp_path)
    write_blocks(paths, NOISY)
    assert find_look(paths, campaign(), 6) is None


def test_one_noisy_cell_keeps_all_going(tmp_path):
    paths = StudyPaths(tmp_path)
    write_blocks(paths, STEADY)
    for repeat, value in enumerate(NOISY, start=1):
        make_trial(paths.root / "trials", "c", repeat, value)
    assert find_look(paths, campaign(), 6) is None


def test_a_system_that_cannot_be_built_keeps_nothing_going(tmp_path):
    paths = StudyPaths(tmp_path)
    write_blocks(paths, STEADY)
    for repeat in range(1, 6):
        make_trial(paths.root / "trials", "c", repeat)
    assert find_look(paths, campaign(), 6) is not None


def test_blocks_of_another_campaign_do_not_count(tmp_path):
    paths = StudyPaths(tmp_path)
    write_blocks(paths, STEADY, campaign="one")
    assert find_look(paths, campaign("two"), 6) is None
    write_blocks(paths, STEADY, first=11, campaign="two")
    assert find_look(paths, campaign("two"), 16) == Look(precision=0.15, blocks=15)


def test_what_one_trial_found_all_later_ones_find(tmp_path):
    paths = StudyPaths(tmp_path)
    write_blocks(paths, STEADY)
    found = find_look(paths, campaign(), 6)
    # A trial of an earlier block that ends late, or again, changes nothing.
    for repeat, value in enumerate(NOISY, start=1):
        make_trial(paths.root / "trials", "late", repeat, value)
    assert find_look(paths, campaign(), 7) == found
    assert find_look(paths, campaign("another"), 7) is None


def test_without_a_wish_nothing_is_looked_at(tmp_path):
    assert find_look(StudyPaths(tmp_path / "absent"), campaign(precision=None), 40) is None


def test_a_trial_that_is_not_needed_starts_nothing_and_is_kept(tmp_path, monkeypatch):
    # This room refuses every process; the machine is asked for its name by one.
    monkeypatch.setattr("platform._Processor.get", lambda: "a CPU")
    for part in ("package", "generator", "wire"):
        write_json(tmp_path / part / "manifest.json", {"status": "built", "versions": {}})
    config = default_config()
    key = TrialKey(model="m", system="fastapi", generator="locust", load_point="users-64", repeat=6)
    settings = TrialSettings.of(config, key.model_copy(update={"model": "digits-boosting"}))
    request = TrialRequest(
        study="s",
        campaign="one",
        key=key,
        settings=settings,
        package=tmp_path / "package",
        generator_folder=tmp_path / "generator",
        wire=tmp_path / "wire",
        folder=tmp_path / "trials" / "m" / "fastapi" / "locust" / "users-64" / "6",
        failed_logs=tmp_path / "failed",
        look=Look(precision=0.15, blocks=5),
    )
    record = run_trial(request, None)
    assert (record.outcome, record.look) == (Outcome.NOT_NEEDED, request.look)
    assert read_record(request.folder / "result.json") == record
    measured = [make_trial(tmp_path / "trials", "fastapi", repeat, 100.0 + repeat) for repeat in (1, 2, 3)]
    write_tables([*measured, request.folder / "result.json"], tmp_path / "tables")
    (cell,) = read_table(tmp_path / "tables", "cells").to_dict("records")
    # Nothing was amiss with the cell.
    assert cell["repeats"] == 3
    assert pd.isna(cell["reason"])


@pytest.mark.parametrize(("text", "share"), [("15%", 0.15), (None, None)])
def test_the_wish_reaches_the_jobs(tmp_path, monkeypatch, text, share):
    for name in ("CAMPAIGN", "OWNER", "PLANNED", "PRECISION"):
        monkeypatch.setenv(f"SERVEBENCH_{name}", "")
    announce_campaign(StudyPaths(tmp_path), {}, {}, text)
    assert Campaign.from_environment().precision == share
