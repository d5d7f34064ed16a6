"""What the page and the summary say first, as data: a sentence a model, and a few tiles a system."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tile:
    """One figure in large: what it is, the figure with its interval, and where it was measured or why there is none."""

    title: str
    figure: str
    note: str


@dataclass(frozen=True)
class SystemTiles:
    """The tiles of a system, three at most."""

    system: str
    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class Answer:
    """What a study answers of one model; its systems stand in their order, those that serve most first."""

    model: str
    sentence: str
    systems: tuple[SystemTiles, ...]
