"""Calibrate one generator."""

from pathlib import Path

from servebench.calibrate.generator import calibrate_generator, refuse_failed
from servebench.campaign import Campaign, stop_campaign
from servebench.config import GeneratorDefinition
from servebench.errors import ServebenchError
from servebench.load_hosts.network import LoadNetwork
from servebench.paths import CACHE, StudyPaths
from servebench.report.calibration import generator_line
from servebench.stage import stage
from servebench.words import Phase

with stage(f"calibrating the generator {snakemake.wildcards.generator}", snakemake.log[0], Phase.CALIBRATE) as terminal:
    output = Path(snakemake.output[0])
    outcome = calibrate_generator(
        snakemake.wildcards.generator,
        GeneratorDefinition.model_validate(snakemake.params.definition),
        Path(snakemake.input.generator).parent,
        Path(snakemake.input.payloads),
        snakemake.params.connections,
        CACHE,
        output,
        LoadNetwork.from_params(snakemake.params.network),
    )
    try:
        refuse_failed(outcome)
    except ServebenchError as error:
        # Nothing may be measured by an instrument that is wrong.
        stop_campaign(StudyPaths.of_log(Path(snakemake.log[0])), Campaign.from_environment(), str(error))
        raise
    print(generator_line(outcome), file=terminal)
