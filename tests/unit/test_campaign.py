import json

import pytest
from servebench.campaign import (
    OWNER,
    PLANNED,
    Campaign,
    announce_campaign,
    append_journal,
    lock_study,
    progress_line,
    refuse_stopped,
    retries_of,
    stop_campaign,
    trial_start_line,
)
from servebench.errors import ServebenchError
from servebench.machine import MachineFacts
from servebench.paths import StudyPaths
from servebench.progress import CAMPAIGN as CAMPAIGN_VARIABLE
from servebench.progress import Progress
from servebench.thresholds import MOST_RETRIES
from servebench.trial.record import Attempt, TrialKey, TrialRecord, read_record
from servebench.trial.settings import TrialSettings
from servebench.words import Outcome, Phase
from support.packages import default_config
from support.trials import make_trial

CAMPAIGN = Campaign("now", None, 2)


def record():
    key = TrialKey(model="digits-boosting", system="beast", generator="native", load_point="users-1", repeat=1)
    return TrialRecord(
        study="s",
        campaign="now",
        key=key,
        settings=TrialSettings.of(default_config(), key),
        started_at="",
        started_unix_s=0.0,
        outcome="not measured",
        reason="too few CPUs",
        machine=MachineFacts("a CPU", 2, None, "", "", None, 0.1, "3.11"),
    )


@pytest.fixture(autouse=True)
def own_environment(monkeypatch):
    """What a test announces ends with it."""
    for name in (CAMPAIGN_VARIABLE, OWNER, PLANNED):
        monkeypatch.setenv(name, "")


def test_a_stopped_campaign_refuses_and_the_next_one_does_not(tmp_path):
    paths = StudyPaths(tmp_path)
    refuse_stopped(paths, CAMPAIGN)
    stop_campaign(paths, CAMPAIGN, "check of beast failed")
    with pytest.raises(ServebenchError, match="nothing more is measured: check of beast failed"):
        refuse_stopped(paths, CAMPAIGN)
    refuse_stopped(paths, Campaign("next", None, 2))


def test_progress_survives_a_cut_line_of_the_journal(tmp_path):
    paths = StudyPaths(tmp_path)
    paths.journal.write_text('{"campaign": "now", "outco\n')
    so_far = append_journal(paths, record(), 1.0)
    assert "trial 1/2  digits-boosting  beast  users-1  native  repeat 1: not measured" in progress_line(
        paths, CAMPAIGN, record(), so_far
    )


@pytest.mark.parametrize(
    ("reasons", "words"),
    [
        ([], "requests/s"),
        (["the server waited"], "requests/s (made again once: the server waited)"),
        (["no steady state", "the server waited"], "requests/s (made again twice: the server waited)"),
    ],
)
def test_progress_says_that_a_trial_was_made_again(tmp_path, reasons, words):
    measured = read_record(make_trial(tmp_path / "trials", "crow", 1, 1000.0))
    parts = {"load": measured.load, "server": measured.server, "generator": measured.generator}
    attempts = [Attempt(reason=reason, started_unix_s=0.0, **parts) for reason in reasons]
    paths = StudyPaths(tmp_path)
    paths.journal.write_text("")
    again = measured.model_copy(update={"attempts": attempts})
    assert progress_line(paths, CAMPAIGN, again, Progress(made=1)).endswith(words)


def test_progress_tells_the_time_left_from_the_plan_before_anything_was_measured(tmp_path):
    paths = StudyPaths(tmp_path)
    keys = [record().key.model_copy(update={"repeat": repeat}) for repeat in (1, 2, 3)]
    name = announce_campaign(paths, {Phase.TRIALS: 30.0, Phase.REPORT: 9.0}, dict.fromkeys(keys, 10.0))
    campaign = Campaign.from_environment()
    assert (campaign.name, campaign.planned) == (name, 3)
    so_far = append_journal(paths, record().model_copy(update={"campaign": name}), 0.01)
    assert progress_line(paths, campaign, record(), so_far).endswith("too few CPUs  (29 s left)")


def test_who_waited_for_the_machine_took_no_longer(tmp_path):
    paths = StudyPaths(tmp_path)
    append_journal(paths, record().model_copy(update={"lock_wait_s": 100.0}), 105.5)
    assert json.loads(paths.journal.read_text())["wall_s"] == 5.5


def test_only_a_long_trial_says_that_it_begins(tmp_path):
    paths = StudyPaths(tmp_path)
    key = record().key
    announce_campaign(paths, {Phase.TRIALS: 310.0}, {key: 310.0})
    line = trial_start_line(paths, Campaign.from_environment(), key)
    assert line is not None
    assert line.startswith(
        "[4/5] trial 1/1  digits-boosting  beast  users-1  native  repeat 1 begins  (5 min 10 s left)"
    )
    announce_campaign(paths, {Phase.TRIALS: 5.0}, {key: 5.0})
    assert trial_start_line(paths, Campaign.from_environment(), key) is None
    assert trial_start_line(paths, CAMPAIGN, key) is None


def test_a_study_that_cannot_be_locked_is_one_line(tmp_path):
    (tmp_path / "x").write_text("")
    with pytest.raises(ServebenchError, match="a file stands where a folder is needed"):
        lock_study(StudyPaths(tmp_path / "x"))


def test_a_job_knows_the_cpus_that_its_campaign_began_with(monkeypatch):
    monkeypatch.delenv("SERVEBENCH_OWNER", raising=False)
    monkeypatch.setenv("SERVEBENCH_CPUS", "0 3 17")
    assert Campaign.from_environment().cpus == {0, 3, 17}
    monkeypatch.delenv("SERVEBENCH_CPUS")
    assert Campaign.from_environment().cpus is None


def test_the_retries_that_are_left_are_those_of_this_campaign(tmp_path):
    paths = StudyPaths(tmp_path)
    campaign = Campaign("now", None, 10)
    assert retries_of(paths, campaign) == MOST_RETRIES
    quiet = record().model_copy(update={"outcome": Outcome.MEASURED})
    again = quiet.model_copy(update={"attempts": [None] * MOST_RETRIES})
    for name in ("before", "now", "now"):
        append_journal(paths, again.model_copy(update={"campaign": name}), 1.0)
    assert retries_of(paths, campaign) == 0
    append_journal(paths, record(), 1.0)
    assert retries_of(paths, campaign) == 0, "a trial that was not measured took no time"
    for _ in range(3):
        append_journal(paths, quiet, 1.0)
    assert retries_of(paths, campaign) == 1
