from servebench.plan.blocks import Block, blocks_looked_at, settings_hash, trials_of


def block_of(wildcards):
    """The block that wildcards name."""
    return Block(wildcards.model, int(wildcards.repeat))


def block_inputs(wildcards):
    """All that the trials of a block and the calibration of its node need, made before by jobs of their own."""
    block = block_of(wildcards)
    found = {str(STUDY_PAYLOADS), str(STUDY.precompiled(CALIBRATION))}
    found |= {str(STUDY.generator(name) / MANIFEST) for name in CONFIG.every_generator}
    for key in trials_of(CONFIG, block):
        found.add(str(STUDY.build(key.model, key.system) / MANIFEST))
        found |= {str(path) for path in [*checks(key), *replaced_build(key)]}
        found.add(str(wire(key, rows_of(key))))
    found |= {
        str(STUDY.block(other.model, other.repeat))
        for other in blocks_looked_at(CONFIG, block)
    }
    return sorted(found)


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
