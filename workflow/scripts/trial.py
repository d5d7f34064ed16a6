"""Make one trial."""

import time
from pathlib import Path

from servebench.analyse.raw import RawTrial
from servebench.campaign import Campaign, append_journal, refuse_stopped, retries_of
from servebench.live.trial import onlooker_of, tell_begin, tell_end
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
    if look is None:
        tell_begin(terminal, paths, campaign, key)
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
        onlooker=onlooker_of(terminal),
    )
    wall_s = time.monotonic() - started_s
    so_far = append_journal(paths, record, wall_s)
    # Of the blocks that are not needed one is told.
    is_told = look is None or key.repeat == look.blocks + 1
    tell_end(terminal, paths, campaign, RawTrial(folder, record), wall_s, so_far, is_told)
