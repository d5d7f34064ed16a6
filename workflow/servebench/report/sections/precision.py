"""How many repeats a wished width of the intervals takes, for every primary figure that is less precise than wished."""

import pandas as pd

from servebench.analyse.criteria import Criteria
from servebench.analyse.metrics import metric_of
from servebench.analyse.precision import PrimaryInterval, cell_intervals, contrast_intervals
from servebench.analyse.rows import has_figures
from servebench.analyse.statistics import MOST_REPEATS
from servebench.analyse.text import MISSING
from servebench.load_point import parse_load_point
from servebench.report.data import StudyData
from servebench.report.format import confidence_text, interval_text, markdown_table
from servebench.thresholds import INTERVAL_HALF_WIDTH, LOOKS

HOW = (
    "These are the primary figures whose half interval is wider. Repeats are counted from the spread that was seen, so "
    "they are about right. Make a new study with so many, or one with a `precision`; to add repeats until two systems "
    "differ finds differences where there are none."
)


def precision(data: StudyData) -> str:
    """The table; empty where every primary interval is narrow enough, and nothing was wished."""
    criteria = Criteria.of(data.config)
    wished = criteria.precision or INTERVAL_HALF_WIDTH
    primary = [*cell_intervals(data.trials, criteria.confidence), *contrast_intervals(data.contrasts)]
    wide = [found for found in primary if not _is_narrow(found, wished)]
    lines = [] if criteria.precision is None else [_stopped(data.trials, criteria, bool(wide))]
    if wide:
        header = [
            "model",
            "generator",
            "load",
            "primary figure",
            "repeats",
            "estimate",
            f"repeats for ±{wished * 100:g} %",
        ]
        lines += [markdown_table(header, [_row(found, wished, criteria.confidence) for found in wide]), HOW]
    return "\n\n".join(["## Precision", *lines]) if lines else ""


def _is_narrow(found: PrimaryInterval, wished: float) -> bool:
    half_width = found.interval.half_width
    return half_width is not None and half_width <= wished


def _stopped(trials: pd.DataFrame, criteria: Criteria, is_wide: bool) -> str:
    assert criteria.precision is not None
    looks = ", ".join(str(blocks) for blocks in LOOKS)
    made = trials[has_figures(trials)]
    most = 0 if made.empty else int(made["repeat"].max())
    return (
        f"Wished: ±{criteria.precision * 100:g} % of every primary figure, in intervals of "
        f"{confidence_text(criteria.confidence)}, looked for after {looks} blocks; "
        f"{'not ' if is_wide else ''}reached after {most} blocks."
    )


def _row(found: PrimaryInterval, wished: float, confidence: float) -> list[str]:
    interval = found.interval
    if interval.half_width is None:
        needed = MISSING
    else:
        repeats = found.repeats_for(wished, confidence)
        needed = f"more than {MOST_REPEATS:,}" if repeats is None else f"{repeats:,}"
    return [
        found.model,
        found.generator,
        parse_load_point(found.load_point).label,
        f"{metric_of(found.metric).label} of {found.what}",
        str(interval.n),
        interval_text(interval.estimate, interval.low, interval.high),
        needed,
    ]
