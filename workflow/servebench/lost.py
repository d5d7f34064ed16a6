"""Trials that were lost with their node: begun there in this campaign, and never ended."""

import json
import time

from servebench.campaign import Campaign
from servebench.node import allocated_node, own_file
from servebench.paths import StudyPaths
from servebench.progress import campaign_lines, trial_name
from servebench.trial.key import TrialKey


def note_begin(paths: StudyPaths, campaign: Campaign, key: TrialKey) -> tuple[str, ...]:
    """Note that a trial begins on this node; returns the nodes that it was lost on, in this campaign, before.

    Where no cluster placed it nothing is noted: a trial that is begun again is then another campaign's.
    """
    node = allocated_node()
    if node is None:
        return ()
    name = trial_name(key.model_dump())
    lost = [str(line["node"]) for line in campaign_lines(paths.begun, campaign.name) if trial_name(line) == name]
    line = {"campaign": campaign.name, **key.model_dump(), "node": node, "began_unix_s": round(time.time(), 3)}
    with own_file(paths.begun).open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(line) + "\n")
    return tuple(lost)
