"""A campaign's owner on this host and on another one, and its sign of life."""

import json
import os

import pytest
from servebench import campaign as campaigns
from servebench.campaign import Campaign, export_package, is_stopped, lead_campaign, stop_campaign
from servebench.files import write_json
from servebench.heartbeat import SILENCE_S, Listener, nodes_line
from servebench.owner import Owner
from servebench.paths import StudyPaths
from servebench.progress import SO_FAR
from servebench.words import Phase

ELSEWHERE = Owner(os.getpid(), "another boot/pid:[1]")


@pytest.fixture
def signals(monkeypatch):
    """The signals that are sent, instead of their sending."""
    sent = []
    monkeypatch.setattr(campaigns.os, "kill", lambda pid, number: sent.append(pid))
    return sent


def test_an_owner_survives_the_environment():
    assert Owner.parse(str(Owner.this_process())).pid_here == os.getpid()
    assert Owner.parse(str(ELSEWHERE)).pid_here is None


@pytest.mark.parametrize(("owner", "pids"), [(Owner.this_process(), [os.getpid()]), (ELSEWHERE, []), (None, [])])
def test_only_an_owner_on_this_host_is_signalled(tmp_path, signals, owner, pids):
    paths, campaign = StudyPaths(tmp_path), Campaign("now", owner, 2)
    assert not is_stopped(paths, campaign)
    stop_campaign(paths, campaign, "a check failed")
    assert signals == pids
    assert is_stopped(paths, campaign)


def test_the_call_of_a_block_owns_its_trials_and_keeps_the_campaign(monkeypatch):
    monkeypatch.setenv("SERVEBENCH_CAMPAIGN", "now")
    monkeypatch.setenv("SERVEBENCH_OWNER", str(ELSEWHERE))
    monkeypatch.setenv("SERVEBENCH_CPUS", "")
    assert Campaign.from_environment().owner_here is None
    lead_campaign()
    found = Campaign.from_environment()
    assert (found.name, found.owner_here) == ("now", os.getpid())


def test_the_package_comes_before_what_the_caller_added(monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHONPATH", f"/plugins:{tmp_path}:")
    export_package(tmp_path)
    assert os.environ["PYTHONPATH"] == f"{tmp_path}:/plugins"


class Clock:
    def __init__(self):
        self.now_s = 1000.0

    def __call__(self):
        return self.now_s


def test_silence_is_heard_by_this_hosts_clock(tmp_path):
    paths, clock = StudyPaths(tmp_path), Clock()
    listener = Listener(paths, "now", clock)
    assert not listener.is_silent(), "the first beat may be on its way"
    for beat in range(3):
        clock.now_s += SILENCE_S
        write_json(paths.heartbeat, {"campaign": "now", "beat": beat})
        assert not listener.is_silent()
    clock.now_s += SILENCE_S
    assert not listener.is_silent()
    clock.now_s += 1.0
    assert listener.is_silent()


def test_another_campaign_ends_this_one_at_once_and_a_cut_beat_does_not(tmp_path):
    paths = StudyPaths(tmp_path)
    listener = Listener(paths, "now", Clock())
    paths.heartbeat.write_text("{")
    assert not listener.is_silent()
    write_json(paths.heartbeat, {"campaign": "next", "beat": 0})
    assert listener.is_silent()


def test_how_far_the_nodes_are_is_one_line(tmp_path):
    paths, campaign = StudyPaths(tmp_path), Campaign("now", None, 12)
    assert nodes_line(paths, campaign) == ""
    for node in ("n1", "n2", "old"):
        with (tmp_path / f"journal-{node}.jsonl").open("a") as stream:
            stream.write(json.dumps({"campaign": "before" if node == "old" else "now", SO_FAR: {"made": 1}}) + "\n")
    assert nodes_line(paths, campaign) == f"{Phase.TRIALS.label} trials 2/12, made on 2 nodes"
