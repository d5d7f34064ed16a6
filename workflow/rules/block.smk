# Only where a cluster places the blocks: one job, one node, one allocation.
rule block:
    input:
        needed=block_inputs,
        config=ancient(STUDY.config),
    output:
        STUDY.block("{model}", "{repeat}"),
    log:
        STUDY.log("block", "{model}", "{repeat}"),
    priority: lambda w: -int(w.repeat)
    # A node that fails loses one trial: the next job goes on from there.
    retries: 2
    conda:
        "../../envs/servebench.yaml"
    params:
        trials=lambda w: [
            str(trial_result(STUDY, key)) for key in trials_of(CONFIG, block_of(w))
        ],
        settings=lambda w: settings_hash(CONFIG, trials_of(CONFIG, block_of(w))),
    script:
        "../scripts/block.py"
