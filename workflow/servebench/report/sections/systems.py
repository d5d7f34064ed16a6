"""One table of all systems: what the tiles say of each, those that serve most first."""

from servebench.analyse.text import MISSING
from servebench.report.answer import NO_PRICE, SystemTiles, Tile, answers
from servebench.report.data import StudyData
from servebench.report.format import and_more, markdown_table
from servebench.report.intervals import bounds_note, interval_note

MOST_SYSTEMS = 14
BEHIND = "Behind each figure stands the load at which it was measured."


def systems(data: StudyData) -> str:
    """A line a model and system; empty where a study has no cell."""
    found = answers(data)
    lines = [(answered.model, system) for answered in found for system in answered.systems]
    titles = list(dict.fromkeys(tile.title for _, system in lines for tile in system.tiles))
    with_model = len(found) > 1
    header = [*(["model"] if with_model else []), "system", *titles, "against the first"]
    loads = {tile.load for _, system in lines for tile in system.tiles if tile.load and tile.figure != MISSING}
    load = next(iter(loads)) if len(loads) == 1 else ""
    rows = [[*([model] if with_model else []), system.system, *_cells(system, titles, load)] for model, system in lines]
    table = markdown_table(header, rows[:MOST_SYSTEMS])
    more = and_more(len(rows) - MOST_SYSTEMS)
    remarks = dict.fromkeys(answered.remark for answered in found)
    notes = " ".join(text for text in (more, *(_notes(load, table, data) if loads else []), *remarks) if text)
    parts = ["## Systems", table, notes] if rows else []
    return "\n\n".join(part for part in parts if part)


def _notes(load: str, table: str, data: StudyData) -> list[str]:
    """How the figures are read; `load` is that of all of them, empty where they have several."""
    loads = f"Every figure of the table was measured with {load}." if load else BEHIND
    cost = "" if data.config.price_per_cpu_hour is not None else NO_PRICE
    return [loads, bounds_note(table), interval_note(data), cost]


def _cells(system: SystemTiles, titles: list[str], common: str) -> list[str]:
    """The figure of each tile with its load, or why there is none, and the first one's note."""
    first, *others = system.tiles
    figures = {first.title: _figure(first, common), **{tile.title: _figure_or_why(tile, common) for tile in others}}
    return [*(figures.get(title, MISSING) for title in titles), first.note]


def _figure_or_why(tile: Tile, common: str) -> str:
    # The rest of the note is the verdict, which the page tells.
    why = tile.note.partition("; ")[0]
    return f"{MISSING} ({why})" if tile.figure == MISSING and tile.note else _figure(tile, common)


def _figure(tile: Tile, common: str) -> str:
    if tile.figure == MISSING:
        return MISSING
    figure = f"{tile.figure}, {tile.right_to}" if tile.right_to else tile.figure
    return f"{figure} ({tile.load})" if tile.load and tile.load != common else figure
