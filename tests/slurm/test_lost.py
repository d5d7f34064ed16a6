"""What is lost on a real Slurm where a node fails, or the call that placed the blocks is killed."""

import signal

import pandas as pd
from slurm.studies import TINY, await_second_trial, end, lines
from support.checkout import kill_group
from support.processes import none_left


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
