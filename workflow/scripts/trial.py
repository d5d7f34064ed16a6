"""Make one trial."""

import time
from pathlib import Path

from servebench.campaign import Campaign, append_journal, progress_line, refuse_stopped, retries_of, trial_start_line
from servebench.looks import find_look
from servebench.lost import note_begin
from servebench.paths import StudyPaths
from servebench.stage import stage
from servebench.trial.key import TrialKey
from servebench.trial.request import TrialRequest
from servebench.trial.run import run_trial
from servebench.trial.settings import TrialSettings

key = TrialKey(**{name: snakemake.wildcards[name] for name in TrialKey.model_fields})
with stage(f"trial of {key.system}, {key.load_point}, repeat {key.repeat}", snakemake.log[0]) as terminal:
    started_s = time.monotonic()
    campaign = Campaign.from_environment()
    folder = Path(snakemake.output.result).parent
    paths = StudyPaths(folder.parents[5])
    refuse_stopped(paths, campaign)
    campaign.take_cpus()
    look = find_look(paths, campaign, key.repeat)
    begins = trial_start_line(paths, campaign, key)
    if begins is not None and look is None:
        print(begins, file=terminal)
    record = run_trial(
        TrialRequest(
            study=paths.root.name,
            campaign=campaign.name,
            key=key,
            settings=TrialSettings.model_validate(snakemake.params.settings),
            package=Path(snakemake.input.build).parent,
            generator_folder=Path(snakemake.input.generator).parent,
            wire=Path(snakemake.input.wire).parent,
            folder=folder,
            failed_logs=Path(snakemake.log[0]).with_suffix(""),
            replaced=Path(snakemake.input.replaced[0]).parent if snakemake.input.replaced else None,
            look=look,
            lost_on=note_begin(paths, campaign, key),
        ),
        campaign.owner_here,
        most_retries=retries_of(paths, campaign),
    )
    append_journal(paths, record, time.monotonic() - started_s)
    # Of the blocks that are not needed one is told.
    if look is None or key.repeat == look.blocks + 1:
        print(progress_line(paths, campaign, record), file=terminal)
