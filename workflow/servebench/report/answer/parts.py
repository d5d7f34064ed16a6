"""What the page and the summary say first, as data: a sentence a model, and a few tiles a system."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tile:
    """One figure in large: what it is, the figure with its interval, and what else is known or why there is none.

    `load` is at which load it was measured and by what, empty where it was nowhere; `right_to` how far it is right,
    where that is less than the figure promises.
    """

    title: str
    figure: str
    note: str
    load: str = ""
    right_to: str = ""


@dataclass(frozen=True)
class SystemTiles:
    """The tiles of a system, three at most; `made_of` says what the system is."""

    system: str
    tiles: tuple[Tile, ...]
    made_of: str = ""


@dataclass(frozen=True)
class Answer:
    """What a study answers of one model; its systems stand in their order, those that serve most first.

    `known` and `next_step` are told where the sentence has no answer: what is known all the same, and what to do.
    `trust` is what it rests on, `remark` how its latencies are read where that is not plain.
    """

    model: str
    sentence: str
    systems: tuple[SystemTiles, ...] = ()
    known: str = ""
    next_step: str = ""
    trust: str = ""
    remark: str = ""

    @property
    def lines(self) -> tuple[str, ...]:
        """What is said of it, the answer first; what that rests on is told beside."""
        return tuple(line for line in (self.sentence, self.known, self.next_step) if line)
