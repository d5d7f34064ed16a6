"""What a run that has ended tells the plans after it."""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from statistics import fmean
from typing import Any

from servebench.campaign import MADE_AGAIN, Campaign
from servebench.config import Config
from servebench.files import read_json
from servebench.load_point import parse_load_point
from servebench.paths import MANIFEST, StudyPaths
from servebench.plan.known_machine import KnownMachine, RunShown, ShownTrials
from servebench.progress import JOB_START_S, Expected, campaign_lines, format_duration, format_phases, phases_took
from servebench.words import BuildStatus, Outcome

CHECKING = "checking "


def remember_run(config: Config, paths: StudyPaths, campaign: Campaign, cache: Path) -> str:
    """Keep what a run showed of this machine, where there is room; returns what it took in one line.

    Of a run in which the clock was set nothing is kept.
    """
    expected = Expected.read(paths.expected, campaign.name)
    if expected is None:
        return ""
    if not expected.is_timed(time.time(), time.monotonic()):
        return "took:    not known: the machine's clock was set meanwhile, or it slept"
    timeline, journal = (campaign_lines(path, campaign.name) for path in (paths.timeline, paths.journal))
    took = phases_took(expected.started_unix_s, timeline, journal)
    shown = RunShown(took, _checks(config, timeline), shown_trials(config, journal), _unavailable(paths))
    with suppress(OSError):
        KnownMachine.read(cache).after(expected.phases, shown).write(cache)
    return f"took:    {format_duration(sum(took.values()))}: {format_phases(took)}"


def _checks(config: Config, timeline: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """The seconds of each system's check, with its job's start; those of several rows a request have other names."""
    found = {}
    for line in timeline:
        system = str(line["job"]).removeprefix(CHECKING)
        if str(line["job"]).startswith(CHECKING) and system in config.every_system:
            found[system] = float(line["ended_unix_s"]) - float(line["started_unix_s"]) + JOB_START_S
    return found


def shown_trials(config: Config, journal: Iterable[Mapping[str, Any]]) -> dict[str, ShownTrials]:
    """What trials showed whose seconds under load are known: not where their rate was searched first."""
    load_s = config.warmup_s + config.duration_s
    starts: dict[str, list[float]] = defaultdict(list)
    again: dict[str, list[int]] = defaultdict(list)
    for line in journal:
        if line["outcome"] == Outcome.MEASURED and not parse_load_point(line["load_point"]).search_s:
            name = f"{line['system']}/{line['generator']}"
            starts[name].append(max(0.0, line["wall_s"] / (line[MADE_AGAIN] + 1) - load_s))
            again[name].append(line[MADE_AGAIN])
    return {name: ShownTrials(round(fmean(found), 3), round(fmean(again[name]), 3)) for name, found in starts.items()}


def _unavailable(paths: StudyPaths) -> frozenset[str]:
    """The systems that could not be built; those that could not take a model tell nothing of the machine."""
    manifests = [read_json(path) for path in paths.root.glob(f"build/*/*/{MANIFEST}")]
    unbuilt = [manifest for manifest in manifests if manifest["status"] != BuildStatus.BUILT]
    return frozenset(manifest["system"] for manifest in unbuilt if not manifest.get("is_of_model", False))
