"""The tiles of a system: its capacity, the tail of its latency at a common load, and what a prediction costs."""

from dataclasses import dataclass

import pandas as pd

from servebench.analyse.pairs import Point
from servebench.analyse.text import MISSING
from servebench.load_point import parse_load_point
from servebench.report.answer.capacities import Standing
from servebench.report.answer.conclusion import Conclusion
from servebench.report.answer.cost import MILLION, cost_per_million
from servebench.report.answer.findings import CPU, Findings
from servebench.report.answer.parts import SystemTiles, Tile
from servebench.report.answer.ranking import Ranking
from servebench.report.answer.tails import CommonTail
from servebench.report.answer.text import amount, place, times, verdict_text
from servebench.report.format import interval_text, percent
from servebench.words import Bound, VerdictWord

CAPACITY = "capacity"
CPU_TITLE = f"CPU for {MILLION:,} predictions"
COST_TITLE = f"cost of {MILLION:,} predictions"
NOT_METERED = "nothing meters it"
PRICED = (
    "Costs are of CPU that is used, in the currency of `price_per_cpu_hour`; idle CPUs, memory and network cost too."
)
NO_PRICE = "`price_per_cpu_hour` in the config turns the CPU into a cost."


@dataclass(frozen=True)
class Cpu:
    """A system's CPU a prediction where it shows its capacity, and at the load of its tail where it is another."""

    at_capacity: Conclusion | None
    at_tail: Conclusion | None


def system_tiles(
    standing: Standing, ranking: Ranking | None, common: CommonTail | None, cpu: Cpu, price: float | None
) -> SystemTiles:
    """Those of one system; a system without any figure has one that says why."""
    if not standing.is_measured:
        return SystemTiles(standing.system, (Tile(CAPACITY, MISSING, standing.absence),))
    tiles = [_capacity(standing, ranking)]
    tiles += [_tail(standing, common)] if common is not None else []
    return SystemTiles(standing.system, (*tiles, _cpu(cpu, price)))


def _capacity(standing: Standing, ranking: Ranking | None) -> Tile:
    found = standing.capacity
    if found is None:
        return Tile(CAPACITY, MISSING, standing.absence)
    word = VerdictWord.of(found.verdict)
    title = str(word) if word is VerdictWord.CAPACITY_AT_OBJECTIVE else CAPACITY
    notes = (_compared(standing, ranking), _more_elsewhere(standing))
    return Tile(title, amount(found), "; ".join(note for note in notes if note), place(found))


def _compared(standing: Standing, ranking: Ranking | None) -> str:
    """How many times as much the first serves, or why it is not ranked; empty for the first."""
    if standing.absence:
        return standing.absence
    rival = None if ranking is None else ranking.rival(standing.system)
    if ranking is None or rival is None or rival.ratio is None or rival.ratio.estimate is None:
        return ""
    return f"`{ranking.first.systems[0]}` serves {times(rival.ratio)} as much ({verdict_text(rival.ratio)})"


def _more_elsewhere(standing: Standing) -> str:
    """What it served with other users, where that is more: why this is not its figure is its verdict there."""
    found = standing.larger
    return "" if found is None else f"{amount(found)} with {found.load} ({found.verdict})"


def _tail(standing: Standing, common: CommonTail) -> Tile:
    tail = common.tail(standing.system)
    if tail is None:
        return Tile(common.percentile, MISSING, "not asked this load", common.place)
    figure = MISSING if tail.latency is None else amount(tail.latency)
    notes = (_share(standing.capacity, common) if tail.is_held else "", tail.note)
    return Tile(common.percentile, figure, "; ".join(note for note in notes if note), common.place, tail.right_to)


def _share(capacity: Conclusion | None, common: CommonTail) -> str:
    """How much of a system's capacity the common rate is; empty where it is no rate, or no capacity is known."""
    rate_rps = parse_load_point(common.point[2]).rate_rps
    if rate_rps is None or capacity is None or capacity.estimate is None:
        return ""
    most = "at most " if capacity.bound is Bound.AT_LEAST else ""
    return f"{most}{percent(rate_rps / capacity.estimate)} of its capacity"


def _cpu(cpu: Cpu, price: float | None) -> Tile:
    """What a million predictions use, or cost where there is a price."""
    found, beside = cpu.at_capacity, cpu.at_tail
    if found is None:
        return Tile(CPU_TITLE if price is None else COST_TITLE, MISSING, NOT_METERED)
    each = "" if price is None else f"{amount(found)} of CPU each, at {price:g} an hour"
    there = "" if beside is None else f"{_million(beside, price)} with {beside.load}"
    note = "; ".join(text for text in (each, there) if text)
    return Tile(CPU_TITLE if price is None else COST_TITLE, _million(found, price), note, place(found))


def _million(found: Conclusion, price: float | None) -> str:
    """The CPU of a million predictions, or its cost, with its interval."""
    if price is None:
        # Of a million a microsecond each is a second.
        return amount(found.model_copy(update={"unit": "s"}))
    return interval_text(*(cost_per_million(value, price) for value in (found.estimate, found.low, found.high)))


def cpu_of(cells: pd.DataFrame, capacity: Point | None, tail: Point | None, findings: Findings) -> Cpu:
    """A system's CPU a prediction at these loads; where neither has it, at any of its `cells`."""
    system = str(cells.iloc[0]["system"])
    own = [(str(row["model"]), str(row["generator"]), str(row["load_point"])) for _, row in cells.iterrows()]
    wished = [point for point in (capacity, tail) if point is not None]
    found = (findings.figure(CPU, system, point) for point in (*wished, *own))
    at_capacity = next((figure for figure in found if figure is not None), None)
    at_tail = None if tail is None else findings.figure(CPU, system, tail)
    is_another = at_capacity is not None and at_tail is not None and at_capacity.point != at_tail.point
    return Cpu(at_capacity, at_tail if is_another else None)
