"""Who is first in a figure at one load, and what may be claimed of the others against it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from servebench.report.answer.conclusion import Conclusion
from servebench.report.answer.findings import Findings
from servebench.words import ContrastWord


class _Claim(Enum):
    """What may be claimed of another system against the first."""

    LEVEL = auto()
    UNDECIDED = auto()
    BEATEN = auto()
    UNTOLD = auto()


@dataclass(frozen=True)
class Rival:
    """Another system against the first; `ratio` is how many times the first is better, None where nothing tells."""

    system: str
    ratio: Conclusion | None


@dataclass(frozen=True)
class Ranking:
    """The first in a figure, and the others in their order, by what may be claimed of them.

    `level` differ by less than the smallest effect, `undecided` are perhaps as good or better, `beaten` are worse, and
    of the `untold` no interval says anything.
    """

    first: Conclusion
    level: tuple[Rival, ...]
    undecided: tuple[Rival, ...]
    beaten: tuple[Rival, ...]
    untold: tuple[Rival, ...]

    @property
    def leaders(self) -> tuple[str, ...]:
        """The first, and who may be as good."""
        return self.first.systems[0], *(rival.system for rival in (*self.level, *self.undecided))

    @property
    def order(self) -> list[str]:
        """All of them: who may be first, then the others."""
        return [*self.leaders, *(rival.system for rival in (*self.beaten, *self.untold))]

    def rival(self, system: str) -> Rival | None:
        """How a system stands against the first; None for the first itself and for one that is not ranked."""
        every = (*self.level, *self.undecided, *self.beaten, *self.untold)
        return next((rival for rival in every if rival.system == system), None)


def rank(figures: Sequence[Conclusion], findings: Findings, metric: str, is_less_better: bool) -> Ranking | None:
    """Rank systems by figures of one load, and by the ratios of `metric` there; None without a figure."""
    known = [found for found in figures if found.estimate is not None]
    if not known:
        return None
    first, *others = sorted(known, key=lambda found: _order(found, is_less_better))
    rivals = [_rival(first, other, findings, metric, is_less_better) for other in others]

    def claimed(claim: _Claim) -> tuple[Rival, ...]:
        return tuple(rival for rival in rivals if _claim(rival.ratio) is claim)

    return Ranking(
        first,
        level=claimed(_Claim.LEVEL),
        undecided=claimed(_Claim.UNDECIDED),
        beaten=claimed(_Claim.BEATEN),
        untold=claimed(_Claim.UNTOLD),
    )


def _order(found: Conclusion, is_less_better: bool) -> float:
    assert found.estimate is not None
    return found.estimate if is_less_better else -found.estimate


def _rival(first: Conclusion, other: Conclusion, findings: Findings, metric: str, is_less_better: bool) -> Rival:
    better, worse = first.systems[0], other.systems[0]
    pair = (worse, better) if is_less_better else (better, worse)
    return Rival(worse, findings.ratio(metric, *pair, first.point))


def _claim(ratio: Conclusion | None) -> _Claim:
    if ratio is None or ratio.low is None:
        return _Claim.UNTOLD
    word = ContrastWord.of(ratio.verdict)
    if word is ContrastWord.SAME:
        return _Claim.LEVEL
    is_worse = word in (ContrastWord.DIFFERENT, ContrastWord.LOWER_BOUND) and ratio.low > 1
    return _Claim.BEATEN if is_worse else _Claim.UNDECIDED
