"""The answer in short sentences: which system, how many times the next, how sure, limited by what, at what load."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from servebench.analyse.criteria import Criteria
from servebench.analyse.metrics import metric_of
from servebench.report.answer.basis import Basis
from servebench.report.answer.ranking import Ranking, Rival
from servebench.report.answer.text import amount, times, verdict_text
from servebench.report.answer.unranked import Unranked, reasons_text
from servebench.report.format import confidence_text, listed

# Of so many systems that may be as good each ratio is told, of more only the largest.
MOST_RIVALS = 2
UNTOLD = "no block has both"
OF_SEVERAL = " (of {loads} loads the one at which most systems show their capacity, and all together the most)"
PARTIAL = "of those that can be ranked, "


@dataclass(frozen=True)
class _Wording:
    """How it is said that one is best, alone, with others or as far as was seen, what it has, and how others compare.

    `compared` holds `{name}` and `{times}`.
    """

    best: str
    together: str
    seen: str
    own: str
    compared: str


SERVES = _Wording(
    "serves the most",
    "serve the most, and the same",
    "served the most that was seen",
    "serves",
    "{times} what {name} serves",
)


def _least(percentile: str) -> _Wording:
    least = f"the least {percentile}"
    return _Wording(
        f"has {least}",
        f"have {least}, and the same",
        f"had {least} that was seen",
        "has",
        "{name} has {times} as much",
    )


def capacity_sentence(
    ranking: Ranking, basis: Basis, absent: Sequence[Unranked], criteria: Criteria, is_partial: bool
) -> str:
    """Who serves most, on which basis; `absent` are the systems that are not ranked, with the reason.

    `is_partial`: one of them was measured, and might be first.
    """
    if absent and not is_partial and len(ranking.order) == 1:
        text = f"only {_first(ranking)} was measured, and compares with nothing: it serves {amount(ranking.first)}"
    else:
        text = f"{PARTIAL if is_partial else ''}{_joined(_clauses(ranking, SERVES, criteria))}"
    return _sentences(text, ranking, basis, absent, criteria)


def rate_sentence(ranking: Ranking, basis: Basis, absent: Sequence[Unranked], criteria: Criteria) -> str:
    """Who answers fastest at the common rate, where no capacity is known."""
    clauses = _joined(_clauses(ranking, _least(metric_of(ranking.first.metric).short_label), criteria))
    return _sentences(f"no capacity is known; {clauses}", ranking, basis, absent, criteria)


def no_sentence(absent: Iterable[Unranked]) -> str:
    """What is said where no figure answers."""
    reasons = reasons_text(absent)
    return f"Nothing tells which system serves the most{f': {reasons}' if reasons else ''}."


def _sentences(text: str, ranking: Ranking, basis: Basis, absent: Sequence[Unranked], criteria: Criteria) -> str:
    untold = [Unranked(rival.system, rival.ratio.reason if rival.ratio else UNTOLD) for rival in ranking.untold]
    named = {found.system for found in absent}
    reasons = reasons_text([*(found for found in untold if found.system not in named), *absent])
    of_several = OF_SEVERAL.format(loads=basis.loads) if basis.loads > 1 else ""
    load = f"Load: {ranking.first.load}{of_several}, by {basis.sender}; {basis.repeats_text}"
    load += "" if ranking.first.low is None else f", {confidence_text(criteria.confidence)} intervals"
    limit = f"{_first(ranking)} was limited by {basis.limit}" if basis.limit else ""
    found = [f"{text[0].upper()}{text[1:]}", limit, load, f"Not ranked: {reasons}" if reasons else ""]
    return " ".join(f"{sentence}." for sentence in found if sentence)


def _first(ranking: Ranking) -> str:
    return f"`{ranking.first.systems[0]}`"


def _joined(clauses: Sequence[str]) -> str:
    """`a`, `a, b`, `a, b, and c`: ratios are full of commas."""
    *others, last = clauses
    return f"{', '.join(others)}, and {last}" if len(others) > 1 else ", ".join(clauses)


def _clauses(ranking: Ranking, wording: _Wording, criteria: Criteria) -> list[str]:
    """The first with its figure, who may be as good, and the next that is worse."""
    worse = [_compared(rival, f"the next, `{rival.system}`,", wording) for rival in ranking.beaten[:1]]
    return [_head(ranking, wording, criteria), *_as_good([*ranking.level, *ranking.undecided], wording), *worse]


def _as_good(rivals: Sequence[Rival], wording: _Wording) -> list[str]:
    """Who may be as good as the first; of many only the one furthest behind."""
    if len(rivals) <= MOST_RIVALS:
        return [_compared(rival, f"`{rival.system}`", wording) for rival in rivals]
    furthest = max(rivals, key=_times)
    return [_compared(furthest, f"the furthest of them, `{furthest.system}`,", wording)]


def _times(rival: Rival) -> float:
    return rival.ratio.estimate if rival.ratio is not None and rival.ratio.estimate is not None else 0.0


def _head(ranking: Ranking, wording: _Wording, criteria: Criteria) -> str:
    name, figure = _first(ranking), amount(ranking.first)
    leaders = listed([f"`{system}`" for system in ranking.leaders])
    if ranking.undecided:
        most = f"{wording.best} by more than {criteria.smallest_effect * 100:g} %"
        return f"it is undecided which of {leaders} {most}: {name} {wording.own} {figure}"
    if ranking.level:
        return f"{leaders} {wording.together}: {name} {wording.own} {figure}"
    if ranking.untold:
        return f"{name} {wording.seen}, {figure}"
    return f"{name} {wording.best}, {figure}" if ranking.beaten else f"{name} {wording.own} {figure}"


def _compared(rival: Rival, name: str, wording: _Wording) -> str:
    assert rival.ratio is not None
    # How many repeats would decide it stands on the tile.
    verdict = verdict_text(rival.ratio).partition("; ")[0]
    return f"{wording.compared.format(name=name, times=times(rival.ratio))} ({verdict})"
