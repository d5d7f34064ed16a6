"""Trials that were lost with their node: begun there in this campaign, and never ended."""

import time

from servebench.campaign import Campaign
from servebench.json_lines import append_json_line
from servebench.node import allocated_node, own_file
from servebench.paths import StudyPaths
from servebench.progress import campaign_lines
from servebench.trial.key import TrialKey


def note_begin(paths: StudyPaths, campaign: Campaign, key: TrialKey) -> tuple[str, ...]:
    """Note that a trial begins on this node; returns the nodes that it was lost on, in this campaign, before.

    Where no cluster placed it nothing is noted: a trial that is begun again is then another campaign's.
    """
    node = allocated_node()
    if node is None:
        return ()
    begun = [line for line in campaign_lines(paths.begun, campaign.name) if line["key"] == key.model_dump()]
    line = {"campaign": campaign.name, "key": key.model_dump(), "node": node, "began_unix_s": round(time.time(), 3)}
    append_json_line(own_file(paths.begun), line)
    return tuple(str(earlier["node"]) for earlier in begun)
