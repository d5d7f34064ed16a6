"""Check one system with several rows a request: the gate before measuring it so."""

from pathlib import Path

from servebench.campaign import Campaign, stop_campaign
from servebench.check.rows import check_rows
from servebench.errors import ServebenchError
from servebench.load_point import rows_label
from servebench.paths import StudyPaths
from servebench.stage import stage
from servebench.words import CheckStatus, Phase

title = f"{snakemake.wildcards.system} with {rows_label(int(snakemake.wildcards.rows))}"
with stage(f"checking {title}", snakemake.log[0], Phase.BUILD) as terminal:
    output = Path(snakemake.output[0])
    try:
        outcome = check_rows(
            Path(snakemake.input.build).parent,
            Path(snakemake.input.wire).parent,
            snakemake.params.start_timeout_s,
            output,
            Path(snakemake.log[0]),
        )
        if outcome["status"] != CheckStatus.PASSED:
            print(f"{title}: {outcome['status']}", file=terminal)
    except ServebenchError as error:
        # Nothing may be measured beside a system that gives wrong answers.
        reason = str(error).partition("\n")[0]
        stop_campaign(StudyPaths.of_log(Path(snakemake.log[0])), Campaign.from_environment(), reason)
        raise
