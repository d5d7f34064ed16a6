"""Every conclusion of a study, from its tables of cells and contrasts: the one place that its numbers come from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from servebench.analyse.bounds import latency_bound
from servebench.analyse.contrasts import ALL, claimed
from servebench.analyse.metrics import TAILS, THROUGHPUT, Metric, metric_of
from servebench.analyse.pairs import Point
from servebench.analyse.rows import CELL, has_figures, is_evenly_spaced, load_of
from servebench.report.answer.conclusion import Conclusion, Key
from servebench.report.data import StudyData
from servebench.words import Bound, ConclusionKind, ContrastWord, Loop

# What a prediction takes, and what two systems are contrasted in.
CPU, CPU_CONTRASTED = "cpu_us_per_row", "cpu_us_per_request"
FIGURES = (THROUGHPUT, *reversed(TAILS), CPU_CONTRASTED, CPU)


@dataclass(frozen=True)
class Findings:
    """The conclusions of a study, each by what it is of."""

    by_key: Mapping[Key, Conclusion]

    @classmethod
    def of(cls, data: StudyData) -> "Findings":
        """Those of a study, figures first."""
        return cls({found.key: found for found in (*_figures(data), *_ratios(data))})

    @property
    def every(self) -> list[Conclusion]:
        """All of them, in the order of the tables."""
        return list(self.by_key.values())

    def figure(self, metric: str, system: str, point: Point) -> Conclusion | None:
        """A system's figure; None where it has none there."""
        return self.by_key.get((metric, (system,), point))

    def ratio(self, metric: str, numerator: str, denominator: str, point: Point) -> Conclusion | None:
        """The ratio of two systems, whichever way round it stands; None where the table has none."""
        found = self.by_key.get((metric, (numerator, denominator), point))
        if found is None:
            other = self.by_key.get((metric, (denominator, numerator), point))
            found = None if other is None else other.turned
        return found


def _figures(data: StudyData) -> Iterator[Conclusion]:
    campaigns = _campaigns(data.trials)
    metrics = [metric_of(name) for name in (*FIGURES, data.memory)]
    for _, row in data.measured_cells.iterrows():
        campaign = campaigns.get(tuple(str(row[name]) for name in CELL))
        for metric in metrics:
            if pd.notna(row[metric.name]):
                yield _figure(row, metric, campaign)


def _campaigns(trials: pd.DataFrame) -> dict[tuple[str, ...], str]:
    """Which campaign measured a cell; `all` where several did."""
    found: dict[tuple[str, ...], str] = {}
    for (model, system, generator, load_point), group in trials[has_figures(trials)].groupby(CELL, sort=False):
        names = group["campaign"].unique()
        found[str(model), str(system), str(generator), str(load_point)] = str(names[0]) if len(names) == 1 else ALL
    return found


def _figure(row: Any, metric: Metric, campaign: str | None) -> Conclusion:
    return Conclusion(
        kind=ConclusionKind.FIGURE,
        model=row["model"],
        systems=(row["system"],),
        generator=row["generator"],
        load_point=row["load_point"],
        load=load_of(row).label,
        metric=metric.name,
        unit=metric.unit,
        estimate=float(row[metric.name]),
        low=_known(row[f"{metric.name}_low"]),
        high=_known(row[f"{metric.name}_high"]),
        bound=_bound(row, metric),
        verdict=row["verdict"],
        reason=row["verdict_reason"],
        campaign=campaign,
    )


def _bound(row: Any, metric: Metric) -> Bound | None:
    """Where a figure only bounds the system's own."""
    if metric.name == THROUGHPUT:
        if row["throughput_is_lower_bound"]:
            return Bound.AT_LEAST
        is_upper = row["loop"] == Loop.OBJECTIVE and is_evenly_spaced(row)
        return Bound.AT_MOST if is_upper else None
    return latency_bound(row, metric).side if metric.is_latency else None


def _ratios(data: StudyData) -> Iterator[Conclusion]:
    # Ten times as fast as by rows of the frame, of which a large study has very many.
    for row in claimed(data.contrasts).to_dict("records"):
        word = ContrastWord.of(row["verdict"])
        yield Conclusion(
            kind=ConclusionKind.RATIO,
            model=row["model"],
            systems=(row["numerator"], row["denominator"]),
            generator=row["generator"],
            load_point=row["load_point"],
            load=load_of(row).label,
            metric=row["metric"],
            unit=None,
            estimate=_known(row["ratio"]),
            low=_known(row["ratio_low"]),
            high=_known(row["ratio_high"]),
            bound=word.bound,
            verdict=str(word),
            reason=row["verdict_reason"],
            campaign=None if pd.isna(row["campaign"]) else row["campaign"],
        )


def _known(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)
