"""Listen to the machine, before anything is built or measured."""

from pathlib import Path

from servebench.calibrate.listening import listen, refuse_disturbed
from servebench.campaign import Campaign, stop_campaign
from servebench.errors import ServebenchError
from servebench.paths import StudyPaths
from servebench.report.calibration import machine_line
from servebench.stage import stage
from servebench.words import Phase

with stage("listening to the machine", snakemake.log[0], Phase.CALIBRATE) as terminal:
    output = Path(snakemake.output[0])
    outcome = listen(output)
    try:
        if snakemake.params.is_quiet_required:
            refuse_disturbed(outcome)
    except ServebenchError as error:
        stop_campaign(StudyPaths.of_log(Path(snakemake.log[0])), Campaign.from_environment(), str(error))
        raise
    print(machine_line(outcome), file=terminal)
