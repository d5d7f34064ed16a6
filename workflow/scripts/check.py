"""Check one system: the gate before measuring."""

from pathlib import Path

from servebench.campaign import Campaign, stop_campaign
from servebench.check.system import check_system
from servebench.errors import ServebenchError
from servebench.paths import StudyPaths
from servebench.stage import stage
from servebench.words import CheckStatus, Phase

with stage(f"checking {snakemake.wildcards.system}", snakemake.log[0], Phase.BUILD) as terminal:
    try:
        outcome = check_system(
            Path(snakemake.input.build).parent,
            Path(snakemake.input.model).parent,
            snakemake.params.start_timeout_s,
            snakemake.params.is_required,
            Path(snakemake.output[0]),
            Path(snakemake.log[0]),
            Path(snakemake.input.wire).parent,
        )
        if outcome["status"] != CheckStatus.PASSED:
            print(f"{snakemake.wildcards.system}: {outcome['status']}", file=terminal)
    except ServebenchError as error:
        # Nothing may be measured beside a system that does not keep the contract.
        reason = str(error).partition("\n")[0]
        stop_campaign(StudyPaths(Path(snakemake.output[0]).parents[2]), Campaign.from_environment(), reason)
        raise
