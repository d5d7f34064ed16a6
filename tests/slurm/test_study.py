"""A tiny study on a real Slurm of two nodes: where its blocks ran, in which order, and what the report says of it."""

import json
from itertools import pairwise

import pandas as pd
import yaml
from servebench.plan.order import trial_priority
from servebench.trial.key import TrialKey
from slurm.studies import SYSTEMS, TINY, lines, records


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
