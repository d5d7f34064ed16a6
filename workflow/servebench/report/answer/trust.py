"""What an answer rests on: its trials, what was made again, and whether the instrument passed its checks."""

import pandas as pd

from servebench.analyse.rows import has_figures, is_measured
from servebench.report.calibration import not_passed
from servebench.report.data import StudyData
from servebench.report.drift import drift_of

PAIRED = "Ratios pair the trials of one block, so that they may differ a little from the quotient of two figures."
WITHIN = "Intervals are of these repeats: another day, or another machine, may differ by more."


def trust(model: str, data: StudyData) -> str:
    """One sentence; empty where nothing of the model was measured."""
    trials = data.trials[data.trials["model"] == model]
    measured = trials[has_figures(trials)]
    if measured.empty:
        return ""
    clauses = [
        _trials(measured, data.config.duration_s),
        _made_again(measured),
        _instrument(data),
        _drifted(trials),
        _warnings(data.measured_cells[data.measured_cells["model"] == model]),
    ]
    paired = f" {PAIRED}" if measured["system"].nunique() > 1 else ""
    return f"Behind it: {'; '.join(clause for clause in clauses if clause)}. {WITHIN}{paired}"


def _trials(measured: pd.DataFrame, window_s: float) -> str:
    undisturbed = int(is_measured(measured).sum())
    share = "all" if undisturbed == len(measured) else "none" if undisturbed == 0 else f"{undisturbed:,}"
    return f"{len(measured):,} trials with windows of {window_s:g} s, {share} of them undisturbed"


def _made_again(measured: pd.DataFrame) -> str:
    """Windows that somebody disturbed, or that found no steady state: they are in no figure."""
    windows = int((measured["attempts"] - 1).clip(lower=0).sum())
    if windows == 0:
        return ""
    return f"{windows:,} {'window' if windows == 1 else 'windows'} did not count and had to be made again"


def _drifted(trials: pd.DataFrame) -> str:
    """Whether trials are like their neighbours in time, whatever their system."""
    drift = drift_of(trials)
    return (
        "" if drift is None or not drift.is_seen else "the machine drifted meanwhile, as the chart of the order shows"
    )


def _instrument(data: StudyData) -> str:
    """What calibration says of the generators and the meter, where it was made."""
    generators = data.config.every_generator
    if not any(data.paths.calibration(name).exists() for name in generators):
        return ""
    failed = len(not_passed(data.paths, generators))
    if failed == 0:
        return "every check of the instrument passed"
    return f"{failed} {'check' if failed == 1 else 'checks'} of the instrument did not pass"


def _warnings(cells: pd.DataFrame) -> str:
    """Of how many cells a reader should know more."""
    count = int(cells["flags"].notna().sum())
    return f"{count:,} of {len(cells):,} {'cell' if len(cells) == 1 else 'cells'} with warnings, below" if count else ""
