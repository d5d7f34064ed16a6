"""First of all: which systems have no figures, or none at some loads, why, and what would help."""

import pandas as pd

from servebench.analyse.rows import load_of
from servebench.analyse.text import MISSING
from servebench.report.data import StudyData
from servebench.report.format import lines_at_most, listed

MOST = 8


def not_measured(data: StudyData) -> str:
    """One line a model, system and reason without a measured trial; it names the loads where others have figures."""
    return "\n".join(lines_at_most(_lines(data), MOST))


def also_not_measured(data: StudyData) -> str:
    """The lines that are too many for the summary; empty where all stand there."""
    rest = _lines(data)[MOST:]
    return "\n".join(["## Also not measured", "", *rest]) if rest else ""


def _lines(data: StudyData) -> list[str]:
    """Systems of one model that lack the same for the same reason stand together."""
    cells = data.cells
    absent = cells[(cells["repeats"] == 0) & cells["reason"].notna()]
    alike: dict[tuple[str, str, str, str], list[str]] = {}
    for (model, system, reason), group in absent.groupby(["model", "system", "reason"], sort=False):
        of_system = cells[(cells["model"] == model) & (cells["system"] == system)]
        where = "" if len(group) == len(of_system) else f" at {'; '.join(_loads(group))}"
        remedy = group.iloc[0]["remedy"]
        told = (str(model), where, str(reason), MISSING if pd.isna(remedy) else str(remedy))
        alike.setdefault(told, []).append(f"**{system}**")
    return [
        f"- {listed(systems)} ({model}) {'was' if len(systems) == 1 else 'were'} not measured{where}: {reason}. "
        f"Remedy: {remedy}."
        for (model, where, reason, remedy), systems in alike.items()
    ]


def _loads(cells: pd.DataFrame) -> list[str]:
    """The loads of these cells, each once, as they stand behind `at`."""
    return list(dict.fromkeys(load_of(row).label.removeprefix("at ") for _, row in cells.iterrows()))
