"""Make one block on the node that a cluster gave."""

from pathlib import Path

from servebench.block import make_block
from servebench.campaign import Campaign
from servebench.files import write_json
from servebench.paths import StudyPaths
from servebench.plan.blocks import Block
from servebench.stage import stage

block = Block(snakemake.wildcards.model, int(snakemake.wildcards.repeat))
with stage(str(block), snakemake.log[0]) as terminal:
    made = make_block(
        StudyPaths.of_log(Path(snakemake.log[0])),
        Campaign.from_environment(),
        block,
        snakemake.params.trials,
        is_remeasured=bool(snakemake.config.get("remeasure")),
    )
    write_json(Path(snakemake.output[0]), made)
    print(f"{block}: {made['trials']} trials on {made['node']}", file=terminal)
