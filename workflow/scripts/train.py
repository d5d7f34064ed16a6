"""Train one model, or read the file that it stands in."""

from pathlib import Path

from servebench.campaign import Campaign, stop_campaign
from servebench.errors import ServebenchError
from servebench.model.make import make_model
from servebench.paths import StudyPaths
from servebench.stage import stage
from servebench.words import Phase

verb = "reading" if "path" in snakemake.params.definition else "training"
with stage(f"{verb} {snakemake.wildcards.model}", snakemake.log[0], Phase.PREPARE) as terminal:
    try:
        note = make_model(
            snakemake.params.definition,
            snakemake.params.decimals,
            snakemake.params.seed,
            Path(snakemake.output.manifest).parent,
        )
    except ServebenchError as error:
        # A file that is wrong is mended before anything is measured: builds and calibrations need not go on for it.
        stop_campaign(StudyPaths.of_log(Path(snakemake.log[0])), Campaign.from_environment(), str(error))
        raise
    if note is not None:
        print(note, file=terminal)
