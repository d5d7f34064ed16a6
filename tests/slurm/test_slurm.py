"""Tiny studies on a real Slurm of two nodes, which is started and ended here: `make test-slurm`."""

import json
import shutil
import signal
import subprocess
import time
from itertools import pairwise

import pandas as pd
import pytest
import yaml
from servebench.plan.order import trial_priority
from servebench.trial.key import TrialKey
from slurm.cluster import Cluster, why_not_here
from slurm.plugin import install
from support.checkout import Checkout, kill_group
from support.processes import none_left

pytestmark = pytest.mark.skipif(why_not_here() is not None, reason=str(why_not_here()))

TINY = [
    *("--workflow-profile", "profiles/slurm", "--configfile", "config/smoke.yaml", "--latency-wait", "10"),
    *("--default-resources", "runtime=20", "mem_mb=500", "--seconds-between-status-checks", "2"),
    # There is no accounting to ask.
    *("--slurm-init-seconds-before-status-checks", "2", "--slurm-status-command", "squeue"),
]
SYSTEMS = ["systems=[fastapi-compiled,beast]", "users=[1]"]


class SlurmCheckout(Checkout):
    """A checkout whose snakemake finds the plugin and the cluster."""

    def __init__(self, folder, cluster, plugin):
        super().__init__(folder)
        self.cluster, self.plugin = cluster, plugin

    def environment(self):
        slurm = self.cluster.environment()
        ours = super().environment()
        path = f"{self.cluster.folder}/bin:{ours['PATH']}"
        return {**ours, "PATH": path, "SLURM_CONF": slurm["SLURM_CONF"], "PYTHONPATH": str(self.plugin)}

    def study(self, name):
        return self.folder / "results" / name

    def copy_builds(self, source, target):
        """Begin a study with what another one has built and calibrated."""
        left_out = shutil.ignore_patterns(
            "trials",
            "tables",
            "plots",
            "blocks",
            "logs",
            "journal*",
            "begun*",
            "timeline*",
            ".*",
            "config.yaml",
            "report.html",
        )
        shutil.copytree(self.study(source), self.study(target), ignore=left_out)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    cluster = Cluster(tmp_path_factory.mktemp("slurm"))
    yield cluster
    cluster.close()


@pytest.fixture(scope="module")
def checkout(tmp_path_factory, cluster):
    plugin = tmp_path_factory.mktemp("plugin")
    try:
        install(plugin)
    except (OSError, subprocess.SubprocessError) as error:
        pytest.skip(f"the plugin for Slurm cannot be installed: {error}")
    return SlurmCheckout(tmp_path_factory.mktemp("cluster") / "checkout", cluster, plugin)


@pytest.fixture(scope="module")
def study(checkout):
    """A finished study of two blocks."""
    done = checkout.snakemake(*TINY, "--config", *SYSTEMS, "study=two")
    assert done.returncode == 0, done.stdout
    return checkout.study("two"), done.stdout


def records(study):
    return [json.loads(path.read_text()) for path in study.glob("trials/*/*/*/*/*/result.json")]


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_each_block_is_on_one_node_and_one_table_holds_them_all(study):
    trials = pd.read_csv(study[0] / "tables/trials.csv")
    nodes = trials.groupby("repeat")["node"].agg(["nunique", "first"])
    assert list(nodes["nunique"]) == [1, 1]
    assert sorted(nodes["first"]) == ["n1", "n2"]
    assert trials["campaign"].nunique() == 1
    assert (len(trials), list(trials["lost_on"].dropna())) == (4, [])


def test_a_node_is_calibrated_before_its_first_trial(study):
    for node in ("n1", "n2"):
        began = min(record["started_unix_s"] for record in records(study[0]) if record["machine"]["node"] == node)
        (calibrations,) = (study[0] / "calibration").glob(f"{node}-*")
        for name in ("this_machine", "native", "server_meter"):
            assert (calibrations / f"{name}.json").stat().st_mtime < began


def test_a_block_keeps_the_plans_order(study):
    seed = yaml.safe_load((study[0] / "config.yaml").read_text())["seed"]
    for node in ("n1", "n2"):
        made = [
            TrialKey(**{name: line[name] for name in TrialKey.model_fields})
            for line in lines(study[0] / f"journal-{node}.jsonl")
        ]
        assert made == sorted(made, key=lambda key: -trial_priority(seed, key))
        assert len(made) == 2


def test_no_two_trials_of_one_machine_ran_at_once(study):
    # Both nodes are this machine, whose lock is above any job's.
    ended = {}
    for node in ("n1", "n2"):
        for line in lines(study[0] / f"journal-{node}.jsonl"):
            ended[line["system"], line["repeat"]] = line["ended_unix_s"]
    spans = sorted(
        (record["started_unix_s"], ended[record["key"]["system"], record["key"]["repeat"]])
        for record in records(study[0])
    )
    assert len(spans) == 4
    for (_, end), (start, _) in pairwise(spans):
        # A journal's line is written just after the lock is free.
        assert start > end - 0.5


def test_the_report_tells_the_nodes_and_the_terminal_the_trials(study):
    summary, output = (study[0] / "report.html").read_text(), study[1]
    assert "Nodes" in summary
    assert "[4/5] trials 4/4, made on 2 nodes" in output
    assert "report:  results/two" in output
    assert set(json.loads((study[0] / "provenance.json").read_text())["nodes"]) == {"n1", "n2"}


def test_a_second_call_places_nothing(study, checkout):
    before = checkout.results("two")
    done = checkout.snakemake(*TINY, "--config", *SYSTEMS, "study=two")
    assert "Nothing to be done" in done.stdout, done.stdout
    assert checkout.results("two") == before


def test_a_node_that_fails_loses_one_trial_which_is_made_again(study, checkout, cluster):
    entries = ["systems=[fastapi-compiled,beast]", "users=[1,4]", "repeats=2", "study=lost"]
    checkout.copy_builds("two", "lost")
    process = checkout.start(*TINY, "--config", *entries)
    try:
        failed = await_second_trial(checkout, "lost", process)
        kept = checkout.results("lost")
        cluster.fail_node(failed)
        output, _ = process.communicate(timeout=480)
    finally:
        end(process)
        cluster.mend_node(failed)
    assert process.returncode == 0, output
    trials = pd.read_csv(checkout.study("lost") / "tables/trials.csv")
    assert len(trials) == 8
    lost = trials[trials["lost_on"].notna()]
    assert list(lost["lost_on"]) == [failed]
    assert failed not in set(lost["node"])
    after = checkout.results("lost")
    assert {name: after[name] for name in kept} == kept
    assert none_left(str(checkout.folder))


def test_a_call_that_was_killed_is_followed_by_one_that_takes_over(study, checkout):
    entries = ["systems=[fastapi-compiled,beast]", "users=[1,4]", "duration_s=4", "repeats=1", "study=killed"]
    checkout.copy_builds("two", "killed")
    process = checkout.start(*TINY, "--config", *entries)
    try:
        await_second_trial(checkout, "killed", process)
        kept = checkout.results("killed")
    finally:
        kill_group(process, signal.SIGKILL)
    done = checkout.snakemake(*TINY, "--config", *entries)
    assert done.returncode == 0, done.stdout
    trials = pd.read_csv(checkout.study("killed") / "tables/trials.csv")
    assert len(trials) == 4
    made = [line for path in checkout.study("killed").glob("journal-*.jsonl") for line in lines(path)]
    assert len({(line["system"], line["load_point"]) for line in made}) == len(made) == 4
    after = checkout.results("killed")
    assert {name: after[name] for name in kept} == kept
    assert none_left(str(checkout.folder))


def await_second_trial(checkout, name, process, patience_s=300.0):
    """Wait until a node has begun the second trial of its block; returns the node."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline and process.poll() is None:
        for path in checkout.study(name).glob("begun-*.jsonl"):
            if len(lines(path)) >= 2:
                time.sleep(0.5)
                return path.stem.removeprefix("begun-")
        time.sleep(0.1)
    end(process)
    raise AssertionError(f"no second trial: {process.stdout.read()}")


def end(process):
    """No call outlives its test."""
    if process.poll() is None:
        kill_group(process, signal.SIGTERM)
