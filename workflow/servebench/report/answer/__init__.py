"""What the page and the summary say first: the answer a model, the figures behind it, and which study it is."""

from dataclasses import replace

import pandas as pd

from servebench.analyse.criteria import Criteria
from servebench.analyse.metrics import THROUGHPUT
from servebench.report.answer.basis import basis_of
from servebench.report.answer.capacities import Capacities, capacities_of
from servebench.report.answer.closed_tails import closed_tails, waiting_remark
from servebench.report.answer.cpu_known import cpu_known
from servebench.report.answer.findings import Findings
from servebench.report.answer.identity import Identity, identity
from servebench.report.answer.made_of import made_of
from servebench.report.answer.next_step import next_step
from servebench.report.answer.parts import Answer, SystemTiles, Tile
from servebench.report.answer.ranking import Ranking, rank
from servebench.report.answer.rates import common_rate
from servebench.report.answer.sentence import capacity_sentence, no_sentence, rate_sentence
from servebench.report.answer.tails import CommonTail
from servebench.report.answer.text import amount
from servebench.report.answer.tiles import NO_PRICE, PRICED, cpu_of, system_tiles
from servebench.report.answer.trust import trust
from servebench.report.answer.unranked import Unranked
from servebench.report.calibration import disturbance
from servebench.report.data import StudyData
from servebench.report.exactness import Exactness
from servebench.report.format import listed

__all__ = ["NO_PRICE", "Answer", "Findings", "Identity", "SystemTiles", "Tile", "answers", "answers_of", "identity"]

INFERENCES = (
    "Systems differ in how they ask the model too ({names}): a part of the factors between those is the inference's, "
    "and not the server's."
)
# A ratio is told of these percentiles, which the table of contrasts has.
CONTRASTED_TAILS = ("latency_p95_ms", "latency_p50_ms")


def answers(data: StudyData) -> list[Answer]:
    """One answer a model, in the tables' order."""
    return answers_of(data, Findings.of(data))


def answers_of(data: StudyData, findings: Findings) -> list[Answer]:
    """The same, of the study's conclusions."""
    return [_answer(str(model), cells, data, findings) for model, cells in data.cells.groupby("model", sort=False)]


def _answer(model: str, cells: pd.DataFrame, data: StudyData, findings: Findings) -> Answer:
    capacities, exactness, window_s = capacities_of(cells, findings), Exactness.of(data), data.config.duration_s
    rate = common_rate(cells, findings, window_s, exactness, capacities.point)
    is_told = rate is not None and any(tail.latency or tail.needs for tail in rate.tails)
    common = rate if is_told else closed_tails(cells, capacities.point, findings, window_s, exactness) or rate
    ranking = _ranking(capacities, findings)
    return replace(
        _said(model, cells, capacities, ranking, rate, data, findings),
        systems=_systems(cells, capacities, ranking, common, data, findings),
        trust=trust(model, data),
        remark=_remark(capacities, rate, common, cells, data),
    )


def _remark(
    capacities: Capacities, rate: CommonTail | None, common: CommonTail | None, cells: pd.DataFrame, data: StudyData
) -> str:
    """How the figures of the cards are read, where that is not plain."""
    known = [standing.capacity.estimate for standing in capacities.standings if standing.capacity]
    waiting = "" if common is rate else waiting_remark(rate, [found for found in known if found])
    asking = cells.loc[cells["repeats"] > 0, "inference"].dropna().unique()
    several = INFERENCES.format(names=listed([str(name) for name in asking])) if len(asking) > 1 else ""
    price = "" if data.config.price_per_cpu_hour is None else PRICED
    return " ".join(text for text in (waiting, several, price) if text)


def _said(
    model: str,
    cells: pd.DataFrame,
    capacities: Capacities,
    ranking: Ranking | None,
    rate: CommonTail | None,
    data: StudyData,
    findings: Findings,
) -> Answer:
    """The sentence: of the capacities, else of the latencies at the rate, else what is known all the same."""
    criteria = Criteria.of(data.config)
    if ranking is not None:
        is_partial = any(standing.is_unclear for standing in capacities.standings)
        basis, absent = basis_of(cells, ranking.first, data.config), _absent(capacities)
        return Answer(model, capacity_sentence(ranking, basis, absent, criteria, is_partial))
    by_rate = None if rate is None else _rate_ranking(rate, findings)
    if rate is not None and by_rate is not None:
        basis, absent = basis_of(cells, by_rate.first, data.config), _absent_at(rate, by_rate, capacities)
        return Answer(model, rate_sentence(by_rate, basis, absent, criteria))
    standings = capacities.standings
    points = [point for point in (capacities.point, rate.point if rate else None) if point is not None]
    return Answer(
        model,
        no_sentence(_absent(capacities)),
        known=cpu_known([standing.system for standing in standings], points, findings),
        next_step=next_step(standings, data.config.study, disturbance(data.paths)),
    )


def _absent(capacities: Capacities) -> list[Unranked]:
    """The systems without a place, with the reason, and what they served there at least."""
    found = []
    for standing in capacities.standings:
        capacity = standing.capacity
        is_there = capacity is not None and capacity.point == capacities.point
        if standing.absence:
            served = amount(capacity) if capacity and is_there else ""
            found.append(Unranked(standing.system, standing.absence, served))
    return found


def _absent_at(rate: CommonTail, ranking: Ranking, capacities: Capacities) -> list[Unranked]:
    """The systems that are not ranked at the common rate; of those that were asked, why not there."""
    ranked = set(ranking.order)
    at_rate = {tail.system: Unranked(tail.system, tail.absence or tail.needs) for tail in rate.tails}
    others = {found.system: found for found in _absent(capacities)}
    return [found for system, found in {**others, **at_rate}.items() if system not in ranked]


def _ranking(capacities: Capacities, findings: Findings) -> Ranking | None:
    ranked = [standing.capacity for standing in capacities.standings if standing.is_ranked and standing.capacity]
    return rank(ranked, findings, THROUGHPUT, is_less_better=False)


def _rate_ranking(rate: CommonTail, findings: Findings) -> Ranking | None:
    """Who is fastest among those that hold the rate, by the first percentile that is told of one of them."""
    for metric in CONTRASTED_TAILS:
        found = [findings.figure(metric, tail.system, rate.point) for tail in rate.tails if tail.is_held]
        ranking = rank([figure for figure in found if figure], findings, metric, is_less_better=True)
        if ranking is not None:
            return ranking
    return None


def _systems(
    cells: pd.DataFrame,
    capacities: Capacities,
    ranking: Ranking | None,
    common: CommonTail | None,
    data: StudyData,
    findings: Findings,
) -> tuple[SystemTiles, ...]:
    """The tiles of each system: those that are ranked in their order, then the others."""
    of_system = {str(name): group for name, group in cells.groupby("system", sort=False)}
    standings = {standing.system: standing for standing in capacities.standings}
    order = dict.fromkeys([*(ranking.order if ranking else ()), *standings])
    tiles = []
    for system in order:
        standing = standings[system]
        capacity = standing.capacity.point if standing.capacity else None
        cpu = cpu_of(of_system[system], capacity, common.point if common else None, findings)
        found = system_tiles(standing, ranking, common, cpu, data.config.price_per_cpu_hour)
        tiles.append(replace(found, made_of=made_of(of_system[system].iloc[0], data)))
    return tuple(tiles)
