"""What the page and the summary say first: the answer a model, the figures behind it, and which study it is."""

import pandas as pd

from servebench.analyse.criteria import Criteria
from servebench.analyse.metrics import THROUGHPUT
from servebench.report.answer.capacities import Capacities, capacities_of
from servebench.report.answer.findings import Findings
from servebench.report.answer.identity import Identity, identity
from servebench.report.answer.parts import Answer, SystemTiles, Tile
from servebench.report.answer.ranking import Ranking, rank
from servebench.report.answer.rates import CommonRate, common_rate
from servebench.report.answer.sentence import capacity_sentence, no_sentence, rate_sentence
from servebench.report.answer.text import amount
from servebench.report.answer.tiles import NO_PRICE, cpu_of, system_tiles
from servebench.report.data import StudyData

__all__ = ["NO_PRICE", "Answer", "Findings", "Identity", "SystemTiles", "Tile", "answers", "answers_of", "identity"]

# A ratio is told of these percentiles, which the table of contrasts has.
CONTRASTED_TAILS = ("latency_p95_ms", "latency_p50_ms")


def answers(data: StudyData) -> list[Answer]:
    """One answer a model, in the tables' order."""
    return answers_of(data, Findings.of(data))


def answers_of(data: StudyData, findings: Findings) -> list[Answer]:
    """The same, of the study's conclusions."""
    return [_answer(str(model), cells, data, findings) for model, cells in data.cells.groupby("model", sort=False)]


def _answer(model: str, cells: pd.DataFrame, data: StudyData, findings: Findings) -> Answer:
    capacities, rate = capacities_of(cells, findings), common_rate(cells, findings)
    ranking = _ranking(capacities, findings)
    confidence = Criteria.of(data.config).confidence
    if ranking is not None:
        is_partial = any(standing.is_unclear for standing in capacities.standings)
        sentence = capacity_sentence(ranking, _absent(capacities), confidence, is_partial)
    else:
        sentence = _without_capacity(capacities, rate, findings, confidence)
    return Answer(model, sentence, _systems(cells, capacities, ranking, rate, data, findings))


def _absent(capacities: Capacities) -> dict[str, str]:
    """The systems without a place, with the reason, and what they served there at least."""
    reasons = {}
    for standing in capacities.standings:
        found = standing.capacity
        if standing.absence:
            is_there = found is not None and found.point == capacities.point
            reasons[standing.system] = (
                f"{amount(found)}, {standing.absence}" if found and is_there else standing.absence
            )
    return reasons


def _ranking(capacities: Capacities, findings: Findings) -> Ranking | None:
    ranked = [standing.capacity for standing in capacities.standings if standing.is_ranked and standing.capacity]
    return rank(ranked, findings, THROUGHPUT, is_less_better=False)


def _without_capacity(capacities: Capacities, rate: CommonRate | None, findings: Findings, confidence: float) -> str:
    """What the common rate tells, else that nothing does."""
    why = _absent(capacities)
    if rate is None:
        return no_sentence(why)
    ranking = _rate_ranking(rate, findings)
    if ranking is None:
        return no_sentence(why)
    ranked = set(ranking.order)
    absent = {name: reason for name, reason in why.items() if name not in ranked}
    absent |= {tail.system: tail.absence for tail in rate.tails if tail.system not in ranked}
    return rate_sentence(ranking, absent, confidence)


def _rate_ranking(rate: CommonRate, findings: Findings) -> Ranking | None:
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
    rate: CommonRate | None,
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
        points = [*([standing.capacity.point] if standing.capacity else []), *([rate.point] if rate else [])]
        cpu = cpu_of(of_system[system], points, findings)
        tiles.append(system_tiles(standing, ranking, rate, cpu, data.config.price_per_cpu_hour))
    return tuple(tiles)
