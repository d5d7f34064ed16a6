"""What a run that has ended tells the plans after it."""

import time
from contextlib import suppress
from pathlib import Path

from servebench.campaign import Campaign
from servebench.files import read_json
from servebench.paths import MANIFEST, StudyPaths
from servebench.plan.known_machine import KnownMachine
from servebench.progress import Expected, campaign_lines, format_duration, format_phases, run_took, trial_pace
from servebench.words import BuildStatus, Phase


def remember_run(paths: StudyPaths, campaign: Campaign, cache: Path) -> str:
    """Keep how long each phase took on this machine, where there is room; returns it in one line.

    Of a run in which the clock was set nothing is kept.
    """
    expected = Expected.read(paths.expected, campaign.name)
    if expected is None:
        return ""
    if not expected.is_timed(time.time(), time.monotonic()):
        return "took:    not known: the machine's clock was set meanwhile, or it slept"
    took = run_took(paths, expected)
    journal = campaign_lines(paths.journal, campaign.name)
    # Trials without load tell nothing of the machine's pace.
    comparable = took | {Phase.TRIALS: expected.phases.get(Phase.TRIALS, 0.0) * trial_pace(journal, expected.trials)}
    with suppress(OSError):
        KnownMachine.read(cache).after(expected.phases, comparable, _unavailable(paths)).write(cache)
    return f"took:    {format_duration(sum(took.values()))}: {format_phases(took)}"


def _unavailable(paths: StudyPaths) -> frozenset[str]:
    """The systems that could not be built; those that could not take a model tell nothing of the machine."""
    manifests = [read_json(path) for path in paths.root.glob(f"build/*/*/{MANIFEST}")]
    unbuilt = [manifest for manifest in manifests if manifest["status"] != BuildStatus.BUILT]
    return frozenset(manifest["system"] for manifest in unbuilt if not manifest.get("is_of_model", False))
