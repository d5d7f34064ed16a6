"""compare.md: the comparison in Markdown, for a pull request; its summary is what the terminal shows."""

from collections import Counter
from collections.abc import Iterator, Sequence

from servebench.analyse.cell_name import CellName
from servebench.analyse.metrics import metric_of
from servebench.analyse.text import MISSING
from servebench.compare.comparison import CellChange, Change, Comparison, Difference, Figure, Range, Side
from servebench.compare.environment import UNKNOWN_MACHINE
from servebench.report.foreign import code, told
from servebench.report.format import confidence_text, interval_text, markdown_table
from servebench.report.word_list import word_list
from servebench.words import ChangeWord

# Longer lists stand in the tables below.
MOST_LINES = 12
LONGEST_VALUE = 60
ASIDE = (
    "They were never measured side by side, so that what the machine did otherwise is in every ratio B over A. What "
    "the systems that both have share of it is the common shift; *beside the others* is a change over the shift of the "
    "other systems."
)
NO_SHIFT = "**Common shift**: not told, by fewer than three cells that both have."
NOTE = (
    "Ratios are B over A, of independent trials (Welch's t on logarithms, {confidence} intervals), judged against the "
    "smallest effect of {effect:g} % ({memory:g} % of memory): better is more requests a second, and less of all else. "
    "**Bold** is the primary figure of a load; of many figures some differ by chance. ≥ and ≤ mark bounds."
)


def compare_text(comparison: Comparison) -> str:
    """The whole document."""
    return "\n\n".join([summary_text(comparison), *_tables(comparison)]) + "\n"


def summary_text(comparison: Comparison) -> str:
    """What was compared, the common shift, and what became better and worse."""
    parts = [
        f"# {code(comparison.b.study)} against {code(comparison.a.study)}",
        "\n".join([_side("A", comparison.a), _side("B", comparison.b)]),
        f"{_machines(comparison)} {ASIDE}",
        _shifts(comparison),
        _counts(comparison),
        *_claims(comparison, ChangeWord.WORSE),
        *_claims(comparison, ChangeWord.BETTER),
        *_verdicts(comparison),
    ]
    return "\n\n".join(parts)


def _side(letter: str, side: Side) -> str:
    measured = f"{_minute(side.measured_from)} to {_minute(side.measured_to)}"
    return f"- **{letter}**: {code(side.study)} on {told(side.machine)}, {told(measured)}"


def _minute(moment: str) -> str:
    return f"{moment[:16].replace('T', ' ')} UTC"


def _machines(comparison: Comparison) -> str:
    if UNKNOWN_MACHINE in (comparison.a.machine, comparison.b.machine):
        return "Nothing tells whether it was one machine, and it was at two times."
    names = [difference.name for difference in comparison.differences if difference.kind == "machine"]
    if names:
        return f"Two machines, or one that was changed ({told(', '.join(names))} differ), at two times."
    return "Machines that tell no difference, at two times."


def _shifts(comparison: Comparison) -> str:
    if not comparison.shifts:
        return NO_SHIFT
    lines = [
        f"- {metric_of(shift.metric).label} {_range(shift.range)}: {shift.cells} cells of "
        f"{told(', '.join(shift.systems))}"
        for shift in comparison.shifts
    ]
    return "\n".join(["**Common shift**, B over A", "", *lines])


def _counts(comparison: Comparison) -> str:
    words = Counter(_word(change) for _, change in _changes(comparison))
    told = ", ".join(f"{words[word]} {word}" for word in ChangeWord)
    only = [f"{len(cells)} of {letter} alone" for letter, cells in _only(comparison) if cells]
    cells = "; ".join([f"{len(comparison.cells)} cells that both have", *only])
    return f"**{sum(words.values())} figures** of {cells}: {told}."


def _claims(comparison: Comparison, word: ChangeWord) -> list[str]:
    """What has a word, the primary figures first."""
    found = [(cell, change) for cell, change in _changes(comparison) if _word(change) is word]
    found.sort(key=lambda pair: not pair[1].is_primary)
    lines = [f"- {_place(cell.cell, comparison)}: {_claim(change)}" for cell, change in found[:MOST_LINES]]
    lines += [f"- and {len(found) - MOST_LINES} more in the table"] if len(found) > MOST_LINES else []
    return ["\n".join([f"**{str(word).capitalize()}**", "", *lines])] if lines else []


def _claim(change: Change) -> str:
    metric = metric_of(change.metric)
    unit = f" {metric.unit}" if metric.unit else ""
    told = change.relative.range
    beside = "not told beside the others" if told is None else f"{_range(told)} beside the others"
    figures = f"{_figure(change.a)} → {_figure(change.b)}{unit}"
    return f"{metric.label} {figures}: {_range(change.ratio.range)} times, {beside}"


def _verdicts(comparison: Comparison) -> list[str]:
    lines = [
        f"- {_place(cell.cell, comparison)}: {cell.verdict_a} → {cell.verdict_b}"
        for cell in comparison.cells
        if cell.verdict_a != cell.verdict_b
    ]
    return ["\n".join(["**Other verdicts**", "", *lines])] if lines else []


def _word(change: Change) -> ChangeWord:
    """What is said of a change: beside the others, and where that is not told by itself."""
    return change.ratio.word if change.relative.range is None else change.relative.word


def _changes(comparison: Comparison) -> Iterator[tuple[CellChange, Change]]:
    for cell in comparison.cells:
        for change in cell.changes:
            yield cell, change


def _tables(comparison: Comparison) -> list[str]:
    note = NOTE.format(
        confidence=confidence_text(comparison.confidence),
        effect=comparison.smallest_effect * 100,
        memory=comparison.smallest_effect_memory * 100,
    )
    alone = [f"- only in {letter}: {_place(cell, comparison)}" for letter, cells in _only(comparison) for cell in cells]
    return [
        "## What differs around them",
        _difference_table(comparison.differences) if comparison.differences else "Nothing that both tell.",
        "## Cell by cell",
        _change_table(comparison) if comparison.cells else "No cell is in both.",
        note,
        word_list(ChangeWord),
        *(["## In one of them only", "\n".join(alone)] if alone else []),
    ]


def _difference_table(differences: Sequence[Difference]) -> str:
    rows = [
        [of.kind, told(of.name), told(", ".join(of.systems)) or MISSING, _value(of.a), _value(of.b)]
        for of in differences
    ]
    return markdown_table(["kind", "what", "systems", "A", "B"], rows)


def _value(value: str | None) -> str:
    if value is None:
        return MISSING
    return told(value if len(value) <= LONGEST_VALUE else f"{value[:LONGEST_VALUE]}..")


def _change_table(comparison: Comparison) -> str:
    header = ["cell", "figure", "A", "B", "B over A", "change", "beside the others", "change beside them"]
    rows = [
        [
            _place(cell.cell, comparison),
            f"**{metric_of(change.metric).title}**" if change.is_primary else metric_of(change.metric).title,
            _figure(change.a),
            _figure(change.b),
            _range(change.ratio.range),
            _said(change.ratio.word, change.ratio.reason),
            _range(change.relative.range),
            _said(change.relative.word, change.relative.reason),
        ]
        for cell, change in _changes(comparison)
    ]
    return markdown_table(header, rows)


def _said(word: ChangeWord, reason: str) -> str:
    return f"{word}: {reason}" if word is ChangeWord.UNDECIDED else str(word)


def _only(comparison: Comparison) -> list[tuple[str, list[CellName]]]:
    return [("A", comparison.only_a), ("B", comparison.only_b)]


def _place(cell: CellName, comparison: Comparison) -> str:
    every = [*(of.cell for of in comparison.cells), *comparison.only_a, *comparison.only_b]
    with_model = len({name.model for name in every}) > 1
    names = [*([told(cell.model)] if with_model else []), code(cell.system), told(cell.generator)]
    return ", ".join([*names, cell.load.label])


def _figure(figure: Figure) -> str:
    """A figure with its interval; a mark in front of a bound that is one on one side only."""
    mark = ""
    if figure.is_lower_bound != figure.is_upper_bound:
        mark = "≥ " if figure.is_lower_bound else "≤ "
    return MISSING if figure.range is None else f"{mark}{_range(figure.range)}"


def _range(told: Range | None) -> str:
    return MISSING if told is None else interval_text(told.estimate, told.low, told.high)
