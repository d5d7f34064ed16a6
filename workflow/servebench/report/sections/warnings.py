"""What a reader should know of the cells: their flags, and servers that died, grouped by what to do."""

from typing import Any

import pandas as pd

from servebench.analyse.advice import advised
from servebench.analyse.rows import POINT, load_of
from servebench.report.answer.capacities import answered_points
from servebench.report.data import StudyData
from servebench.words import Advice


def warnings(data: StudyData) -> str:
    """Each thing to do, with the warnings that ask for it; empty where there is nothing to warn of."""
    groups = [f"- **{advice}**:\n{_listed(texts)}" for advice, texts in _by_advice(data).items()]
    return _section(groups)


def warnings_in_short(data: StudyData) -> str:
    """One line for each thing to do, with the first warning that asks for it and how many more do."""
    return _section([f"- **{advice}**{_first_of(texts)}" for advice, texts in _by_advice(data).items()])


def _section(lines: list[str]) -> str:
    return "\n".join(["## Warnings", "", *lines]) if lines else ""


def _by_advice(data: StudyData) -> dict[Advice, list[str]]:
    """The warnings of every cell by what to do about them, those at the load of the answer first."""
    found: dict[Advice, list[str]] = {advice: [] for advice in Advice}
    for row in _answers_first(data):
        where = f"{row['system']}, {load_of(row).label}, {row['generator']}"
        for advice, flag in advised(row["flags"]) if pd.notna(row["flags"]) else []:
            found[advice].append(f"{where}: {flag}")
        if row["trials_died"] > 0:
            found[Advice.SERVER].append(f"{where}: {_died(row['trials_died'], row['reason'])}")
    found[Advice.PINNING] += [f"{system}: CPUs were not pinned" for system in _unpinned(data.trials)]
    return {advice: texts for advice, texts in found.items() if texts}


def _answers_first(data: StudyData) -> list[Any]:
    """The cells, those at the load of the answer first."""
    answered = answered_points(data.cells)
    rows = [row for _, row in data.cells.iterrows()]
    return sorted(rows, key=lambda row: tuple(str(row[name]) for name in POINT) not in answered)


def _died(trials: int, reason: str) -> str:
    return f"the server died in {int(trials)} trials: {reason}"


def _unpinned(trials: pd.DataFrame) -> list[str]:
    return [str(name) for name in trials[~trials["is_pinned"].fillna(value=True)]["system"].unique()]


def _listed(texts: list[str]) -> str:
    return "\n".join(f"  - {text}" for text in texts)


def _first_of(texts: list[str]) -> str:
    """The first, and of how many it is one."""
    return f": {texts[0]}" if len(texts) == 1 else f" ({len(texts):,} warnings, the first of them): {texts[0]}"
