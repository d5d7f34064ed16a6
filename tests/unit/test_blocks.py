"""Blocks as a cluster places them: of what they are, what they wait for, and the call that makes one."""

import pytest
from servebench.block import (
    IN_BLOCK,
    ON_CLUSTER,
    environment_of_block,
    make_block,
    refuse_part_of_node,
    snakemake_command,
)
from servebench.campaign import Campaign, stop_campaign
from servebench.errors import ServebenchError
from servebench.paths import StudyPaths
from servebench.plan.blocks import (
    BLOCK_START_S,
    Block,
    blocks_looked_at,
    describe_blocks,
    settings_hash,
    study_blocks,
    trials_of,
)
from servebench.plan.cells import trial_keys
from support.packages import default_config


def test_every_trial_is_in_one_block():
    config = default_config(models=["digits-boosting", "cancer-logistic"], repeats=3)
    blocks = study_blocks(config)
    assert [(block.model, block.repeat) for block in blocks[:3]] == [
        ("digits-boosting", 1),
        ("cancer-logistic", 1),
        ("digits-boosting", 2),
    ]
    found = [key for block in blocks for key in trials_of(config, block)]
    assert sorted(map(str, found)) == sorted(map(str, trial_keys(config)))
    assert all(
        {(key.model, key.repeat) for key in trials_of(config, block)} == {(block.model, block.repeat)}
        for block in blocks
    )


@pytest.mark.parametrize(("repeat", "awaited"), [(1, 0), (5, 0), (6, 5), (15, 5), (16, 15), (40, 15)])
def test_a_block_waits_for_the_blocks_that_are_looked_at_before_it(repeat, awaited):
    config = default_config(models=["digits-boosting", "cancer-logistic"], precision="10%")
    waited_for = blocks_looked_at(config, Block("digits-boosting", repeat))
    assert waited_for == [block for block in study_blocks(config) if block.repeat <= awaited]


def test_without_a_wished_precision_no_block_waits_for_another():
    config = default_config(models=["digits-boosting"], repeats=9)
    assert blocks_looked_at(config, Block("digits-boosting", 9)) == []


def test_a_changed_setting_makes_a_block_again():
    first, second = default_config(seed=1), default_config(seed=2)
    keys = trial_keys(first)
    assert settings_hash(first, keys) == settings_hash(first, keys)
    assert settings_hash(first, keys) != settings_hash(second, keys)


def test_a_block_is_a_plain_call_that_makes_nothing_but_trials_and_calibrations(tmp_path):
    command = snakemake_command(StudyPaths(tmp_path), ["a/result.json"], is_remeasured=False)
    assert command[command.index("--executor") + 1] == "local"
    assert command[command.index("--workflow-profile") + 1] == "profiles/default"
    allowed = command[command.index("--allowed-rules") + 1 : command.index("--")]
    assert allowed == ["listen", "calibrate_generator", "calibrate_meter", "trial"]
    assert command[-1] == "a/result.json"
    assert "remeasure=true" in snakemake_command(StudyPaths(tmp_path), [], is_remeasured=True)
    environment = environment_of_block({ON_CLUSTER: "1", "PATH": "/bin"})
    assert environment == {"PATH": "/bin", IN_BLOCK: "1"}


def test_a_stopped_campaign_makes_no_block(tmp_path):
    paths, campaign = StudyPaths(tmp_path), Campaign("now", None, 2)
    stop_campaign(paths, campaign, "the check of beast failed")
    with pytest.raises(ServebenchError, match="nothing more is measured: the check of beast failed"):
        make_block(paths, campaign, Block("m", 1), [], is_remeasured=False)


@pytest.mark.parametrize(
    ("nodes", "words"),
    [
        (1, "blocks     6 on 1 node at once: 6 min 0 s, 0.1 node-hours"),
        (4, "blocks     6 on 4 nodes at once: 2 min 0 s"),
    ],
)
def test_the_plan_says_what_the_nodes_take(nodes, words):
    config = default_config(models=["digits-boosting", "cancer-logistic"], repeats=3)
    keys = trial_keys(config)
    of_one = len(trials_of(config, Block("digits-boosting", 1)))
    assert describe_blocks(dict.fromkeys(keys, (60.0 - BLOCK_START_S) / of_one), nodes).startswith(words)
    assert describe_blocks({}, nodes).startswith("blocks     0 on 0 nodes at once: 0 s")


def test_a_block_refuses_a_part_of_its_node():
    refuse_part_of_node({}, 2)
    refuse_part_of_node({"SLURM_JOB_CPUS_PER_NODE": "64(x2)"}, 64)
    with pytest.raises(ServebenchError, match=r"2 of the 64 CPUs that it was given: write `cpus_per_task: 64`"):
        refuse_part_of_node({"SLURM_JOB_CPUS_PER_NODE": "64"}, 2)
