"""A cell's verdict: by majority of its repeats, without those that were disturbed where enough others are left."""

from collections.abc import Sequence

import pandas as pd

from servebench.analyse.rows import has_figures, is_measured
from servebench.analyse.verdicts import Verdict
from servebench.thresholds import LEAST_REPEATS
from servebench.words import VerdictWord


def are_enough(counted: int, repeats: int) -> bool:
    """Whether a cell's figures may be made of so many of its repeats: all, or three at least that are the majority."""
    return counted == repeats or (counted >= LEAST_REPEATS and 2 * counted > repeats)


def counted_trials(cell: pd.DataFrame) -> pd.DataFrame:
    """The measured trials that a cell's figures are made of: those that count where they are enough, else all."""
    measured = cell[has_figures(cell)]
    counted = measured[is_measured(measured)]
    return counted if are_enough(len(counted), len(measured)) else measured


def verdict_of_repeats(verdicts: Sequence[Verdict]) -> Verdict:
    """The verdict of a cell of these repeats, given in the order of their figures; needs one.

    Several reasons for one word are told by that of the middle repeat.
    """
    counted = [verdict for verdict in verdicts if verdict.is_counted]
    if are_enough(len(counted), len(verdicts)):
        return _majority(counted) or _split(counted)
    return _too_few(verdicts, counted)


def _majority(verdicts: Sequence[Verdict]) -> Verdict | None:
    """What more than half of the repeats say, with their share where it is not all; None without a majority."""
    groups = _by_word(verdicts)
    first, *others = groups
    if 2 * len(first) <= len(verdicts):
        return None
    middle = first[len(first) // 2]
    reason = middle.reason
    if others:
        reason = "; ".join(
            [f"{middle.word} in {len(first)} of {len(verdicts)} repeats: {reason}", *map(_share, others)]
        )
    return Verdict(
        middle.word,
        reason,
        is_lower_bound=any(verdict.is_lower_bound for verdict in first),
        is_idle_unexplained=2 * sum(verdict.is_idle_unexplained for verdict in verdicts) > len(verdicts),
    )


def _split(verdicts: Sequence[Verdict]) -> Verdict:
    shares = "; ".join(map(_share, _by_word(verdicts)))
    return Verdict(VerdictWord.INCONCLUSIVE, f"no majority of {len(verdicts)} repeats: {shares}", _is_bound(verdicts))


def _too_few(verdicts: Sequence[Verdict], counted: Sequence[Verdict]) -> Verdict:
    """Where too few repeats are left: what kept most of them from counting, else that the cell was disturbed."""
    unfit = [verdict for verdict in verdicts if not verdict.is_counted]
    words = {verdict.word for verdict in unfit}
    most, *_ = _by_word(unfit)
    if 2 * len(most) > len(verdicts):
        word = most[0].word
    else:
        # Repeats without a steady state alone do not say that it was the machine.
        word = VerdictWord.INCONCLUSIVE if words == {VerdictWord.INCONCLUSIVE} else VerdictWord.DISTURBED
    shares = "; ".join(map(_share, [*_by_word(unfit), *_by_word(counted)]))
    reason = f"{_how_many(len(counted), len(verdicts))} undisturbed and steady: {shares}"
    return Verdict(word, reason if len(verdicts) > 1 else unfit[0].reason, _is_bound(verdicts))


def _how_many(counted: int, repeats: int) -> str:
    """How few of the repeats are left, such as `only 1 of 3 repeats was`."""
    of_all = f"of {repeats} repeats {'was' if counted == 1 else 'were'}"
    return f"only {counted} {of_all}" if counted else f"none {of_all}"


def _by_word(verdicts: Sequence[Verdict]) -> list[list[Verdict]]:
    """The verdicts of each word, the most frequent first."""
    groups: dict[VerdictWord, list[Verdict]] = {}
    for verdict in verdicts:
        groups.setdefault(verdict.word, []).append(verdict)
    return sorted(groups.values(), key=len, reverse=True)


def _share(group: Sequence[Verdict]) -> str:
    return f"{len(group)} {group[0].word}: {group[len(group) // 2].reason}"


def _is_bound(verdicts: Sequence[Verdict]) -> bool:
    return any(verdict.is_lower_bound for verdict in verdicts)
