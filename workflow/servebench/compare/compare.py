"""Study B against study A: each shared cell's change, by itself and beside what the other systems have in common.

Two campaigns are never side by side: whatever the machine did otherwise is in every ratio. What the systems that both
have share of it is estimated, and each system's change is told beside that of the others: one that changed must not
count as what it is measured by.
"""

from collections.abc import Sequence

from servebench.analyse.cell_name import CellName
from servebench.analyse.criteria import Criteria
from servebench.analyse.log_estimate import LogEstimate
from servebench.analyse.metrics import MEMORY
from servebench.analyse.resolutions import resolution_ms
from servebench.analyse.statistics import Interval
from servebench.compare.change import Draft, common_shift, compared_at, draft_change, told_change
from servebench.compare.comparison import CellChange, Change, Comparison, Range, Ratio, Shift
from servebench.compare.environment import describe_side, differences
from servebench.compare.studies import Studies
from servebench.thresholds import LEAST_REPEATS
from servebench.words import ChangeWord

NO_SHIFT = f"fewer than {LEAST_REPEATS} cells of other systems tell the shift"
# Of a figure and a system: what the other systems have in common.
Others = dict[tuple[str, str], LogEstimate | None]


def compare(studies: Studies) -> Comparison:
    """The whole comparison, as data."""
    criteria = _criteria(studies)
    drafts = {cell: _drafts(studies, cell) for cell in studies.shared}
    every = [draft for of_cell in drafts.values() for draft in of_cell]
    others = _others(every)
    return Comparison(
        a=describe_side(studies.a),
        b=describe_side(studies.b),
        confidence=criteria.confidence,
        smallest_effect=criteria.smallest_effect,
        smallest_effect_memory=criteria.smallest_effect_memory,
        shifts=_shifts(every, criteria),
        cells=[
            CellChange(
                cell=cell,
                verdict_a=str(studies.cells_a[cell].row["verdict"]),
                verdict_b=str(studies.cells_b[cell].row["verdict"]),
                changes=[_change(draft, others, criteria) for draft in of_cell],
            )
            for cell, of_cell in drafts.items()
        ],
        only_a=studies.only_a,
        only_b=studies.only_b,
        differences=differences(studies.a, studies.b),
    )


def _criteria(studies: Studies) -> Criteria:
    """Of two studies' criteria the more careful ones."""
    a, b = Criteria.of(studies.a.config), Criteria.of(studies.b.config)
    return Criteria(
        max(a.smallest_effect, b.smallest_effect),
        max(a.smallest_effect_memory, b.smallest_effect_memory),
        a.precision if b.precision is None else b.precision,
    )


def _drafts(studies: Studies, cell: CellName) -> list[Draft]:
    memory = studies.a.memory if studies.a.memory == studies.b.memory else MEMORY
    found = [
        draft_change(
            cell,
            metric,
            studies.cells_a[cell],
            studies.cells_b[cell],
            resolution_ms(studies.resolutions, cell.generator, metric),
        )
        for metric in compared_at(cell.load.loop, memory)
    ]
    return [draft for draft in found if draft is not None]


def _shifts(drafts: Sequence[Draft], criteria: Criteria) -> list[Shift]:
    found = []
    for name in dict.fromkeys(draft.metric.name for draft in drafts):
        told = [draft for draft in drafts if draft.metric.name == name and draft.tells_shift]
        shift = common_shift(told)
        if shift is not None:
            systems = list(dict.fromkeys(draft.cell.system for draft in told))
            told_range = _range(shift.interval(criteria.confidence))
            found.append(Shift(metric=name, range=told_range, cells=len(told), systems=systems))
    return found


def _others(drafts: Sequence[Draft]) -> Others:
    pairs = {(draft.metric.name, draft.cell.system) for draft in drafts}
    return {
        (name, system): common_shift(
            [draft for draft in drafts if draft.metric.name == name and draft.cell.system != system]
        )
        for name, system in pairs
    }


def _change(draft: Draft, others: Others, criteria: Criteria) -> Change:
    shift = others[draft.metric.name, draft.cell.system]
    relative = draft.log_ratio.over(shift) if draft.log_ratio is not None and shift is not None else None
    return Change(
        metric=draft.metric.name,
        is_primary=draft.is_primary,
        a=draft.a,
        b=draft.b,
        ratio=_ratio(draft, draft.log_ratio, draft.reason, criteria),
        relative=_ratio(draft, relative, draft.reason if draft.log_ratio is None else NO_SHIFT, criteria),
    )


def _ratio(draft: Draft, log_ratio: LogEstimate | None, no_ratio: str, criteria: Criteria) -> Ratio:
    if log_ratio is None:
        return Ratio(range=None, word=ChangeWord.UNDECIDED, reason=no_ratio)
    interval = log_ratio.interval(criteria.confidence)
    word, reason = told_change(draft, interval, criteria.effect_on(draft.metric))
    return Ratio(range=_range(interval), word=word, reason=reason)


def _range(interval: Interval) -> Range:
    return Range(estimate=interval.estimate, low=interval.low, high=interval.high)
