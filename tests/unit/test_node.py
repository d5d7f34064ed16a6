"""What a node of a cluster writes and is called."""

from dataclasses import replace

import pytest
from servebench.campaign import Campaign
from servebench.lost import note_begin
from servebench.machine import MachineFacts
from servebench.node import allocated_node, files_of_nodes, own_file
from servebench.paths import StudyPaths
from servebench.trial.key import TrialKey
from servebench.trial.machine_lock import NAME, lock_file

KEY = TrialKey(model="m", system="beast", generator="native", load_point="users-1", repeat=1)
CAMPAIGN = Campaign("now", None, 2)
FACTS = MachineFacts("a CPU", 8, 1024, "6.1", "Linux", None, 0.1, "3.11", node="n1", allowed_cpus=8)


@pytest.fixture(autouse=True)
def no_cluster(monkeypatch):
    for name in ("SERVEBENCH_NODE", "SLURMD_NODENAME"):
        monkeypatch.delenv(name, raising=False)


def test_a_node_appends_to_a_file_of_its_own(tmp_path, monkeypatch):
    journal = tmp_path / "journal.jsonl"
    assert (allocated_node(), own_file(journal), files_of_nodes(journal)) == (None, journal, [])
    monkeypatch.setenv("SLURMD_NODENAME", "n1")
    assert own_file(journal).name == "journal-n1.jsonl"
    monkeypatch.setenv("SERVEBENCH_NODE", "../a node")
    assert own_file(journal).name == "journal-..-a-node.jsonl"
    for name in ("journal.jsonl", "journal-n1.jsonl", "timeline-n1.jsonl"):
        (tmp_path / name).touch()
    assert [path.name for path in files_of_nodes(journal)] == ["journal.jsonl", "journal-n1.jsonl"]


def test_a_trial_that_its_node_lost_says_where(tmp_path, monkeypatch):
    paths = StudyPaths(tmp_path)
    assert note_begin(paths, CAMPAIGN, KEY) == ()
    assert not paths.begun.exists()
    monkeypatch.setenv("SLURMD_NODENAME", "n1")
    assert note_begin(paths, CAMPAIGN, KEY) == ()
    assert note_begin(paths, CAMPAIGN, KEY.model_copy(update={"repeat": 2})) == ()
    monkeypatch.setenv("SLURMD_NODENAME", "n2")
    assert note_begin(paths, Campaign("next", None, 2), KEY) == ()
    assert note_begin(paths, CAMPAIGN, KEY) == ("n1",)
    assert note_begin(paths, CAMPAIGN, KEY) == ("n1", "n2")


def test_a_nodes_calibrations_are_another_nodes_with_another_kernel(tmp_path):
    assert replace(FACTS, node=None).node_key is None
    keys = {FACTS.node_key, replace(FACTS, kernel="6.2").node_key, replace(FACTS, node="n2").node_key}
    assert len(keys) == 3
    assert replace(FACTS, load_1min=3.0).node_key == FACTS.node_key
    paths = StudyPaths(tmp_path).on(FACTS.node_key)
    assert paths.calibration("native") == tmp_path / "calibration" / str(FACTS.node_key) / "native.json"
    assert paths.interval_check.parent == tmp_path / "calibration"


def test_the_nodes_of_a_study_are_those_that_were_calibrated_for_it(tmp_path):
    paths = StudyPaths(tmp_path)
    assert paths.on_each_node == [paths]
    for node in ("n2-b", "n1-a"):
        (tmp_path / "calibration" / node).mkdir(parents=True)
    assert paths.on_each_node == [paths.on("n1-a"), paths.on("n2-b")]
    paths.machine_calibration.touch()
    assert paths.on_each_node == [paths, paths.on("n1-a"), paths.on("n2-b")]


def test_an_allocation_that_is_not_the_whole_node_is_told():
    assert FACTS.processor == "a CPU, 8 CPUs"
    assert replace(FACTS, allowed_cpus=4).processor == "a CPU, 8 CPUs (4 allowed)"
    assert replace(FACTS, allowed_cpus=4, cpu_quota=2.0).processor == ("a CPU, 8 CPUs (4 allowed, a quota of 2 CPUs)")


def test_the_machines_lock_stands_where_everybody_finds_it(tmp_path):
    folders = [tmp_path / name for name in ("absent", "mine", "shared", "other")]
    for folder, mode in zip(folders[1:], (0o755, 0o1777, 0o1777), strict=True):
        folder.mkdir()
        folder.chmod(mode)
    assert lock_file(folders) == tmp_path / "shared" / NAME
    assert lock_file(folders[:2]).parent not in folders
