"""What a reader should know of the cells: their flags, and servers that died."""

import pandas as pd

from servebench.analyse.rows import load_of
from servebench.report.data import StudyData


def warnings(data: StudyData) -> str:
    """One line a flagged cell; empty where there is nothing to warn of."""
    lines = []
    for _, row in data.cells.iterrows():
        where = f"{row['system']}, {load_of(row).label}, {row['generator']}"
        if pd.notna(row["flags"]):
            lines.append(f"- {where}: {row['flags']}")
        if row["trials_died"] > 0:
            lines.append(f"- {where}: the server died in {int(row['trials_died'])} trials: {row['reason']}")
    unpinned = data.trials[~data.trials["is_pinned"].fillna(value=True)]["system"].unique()
    if len(unpinned):
        lines.append(f"- CPUs were not pinned: {', '.join(unpinned)} and the generator may have disturbed each other")
    return "## Warnings\n\n" + "\n".join(lines) if lines else ""
