import pytest
from servebench.campaign import Campaign, append_journal, lock_study, progress_line, refuse_stopped, stop_campaign
from servebench.errors import ServebenchError
from servebench.machine import MachineFacts
from servebench.paths import StudyPaths
from servebench.trial.record import Attempt, TrialKey, TrialRecord, read_record
from servebench.trial.settings import TrialSettings
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
    append_journal(paths, record(), 1.0)
    assert "trial 1/2  digits-boosting  beast  users-1  native  repeat 1: not measured" in progress_line(
        paths, CAMPAIGN, record()
    )


@pytest.mark.parametrize(
    ("reasons", "words"),
    [
        ([], "requests/s  ("),
        (["the server waited"], "requests/s (made again once: the server waited)  ("),
        (["no steady state", "the server waited"], "requests/s (made again twice: the server waited)  ("),
    ],
)
def test_progress_says_that_a_trial_was_made_again(tmp_path, reasons, words):
    measured = read_record(make_trial(tmp_path / "trials", "crow", 1, 1000.0))
    parts = {"load": measured.load, "server": measured.server, "generator": measured.generator}
    attempts = [Attempt(reason=reason, started_unix_s=0.0, **parts) for reason in reasons]
    paths = StudyPaths(tmp_path)
    paths.journal.write_text("")
    assert words in progress_line(paths, CAMPAIGN, measured.model_copy(update={"attempts": attempts}))


def test_a_study_that_cannot_be_locked_is_one_line(tmp_path):
    (tmp_path / "x").write_text("")
    with pytest.raises(ServebenchError, match="a file stands where a folder is needed"):
        lock_study(StudyPaths(tmp_path / "x"))


def test_a_job_knows_the_cpus_that_its_campaign_began_with(monkeypatch):
    monkeypatch.setenv("SERVEBENCH_CPUS", "0 3 17")
    assert Campaign.from_environment().cpus == {0, 3, 17}
    monkeypatch.delenv("SERVEBENCH_CPUS")
    assert Campaign.from_environment().cpus is None
