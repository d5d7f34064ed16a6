"""What is known although no throughput tells: the CPU a prediction, which only counts what a system used itself."""

from collections.abc import Sequence
from itertools import combinations, pairwise

from servebench.analyse.pairs import Point
from servebench.report.answer.conclusion import Conclusion
from servebench.report.answer.findings import CPU, CPU_CONTRASTED, Findings
from servebench.report.answer.text import amount, place, verdict_text
from servebench.report.format import listed
from servebench.words import ContrastWord

NO_BLOCK = "no undisturbed block has both"


def cpu_known(systems: Sequence[str], points: Sequence[Point], findings: Findings) -> str:
    """The sentence, of the first of these loads at which two systems have an interval; empty where none has."""
    for point in points:
        figures = [findings.figure(CPU, system, point) for system in systems]
        known = sorted(
            (found for found in figures if found is not None and found.low is not None),
            key=lambda found: found.estimate or 0.0,
        )
        if len(known) > 1:
            return _sentence(known, findings)
    return ""


def _sentence(known: Sequence[Conclusion], findings: Findings) -> str:
    texts = listed([f"`{found.systems[0]}` {amount(found)}" for found in known])
    return (
        "What is known is the CPU a prediction, of which only what a system itself used counts: "
        f"{texts} ({place(known[0])}). {_overlaps(known)}; {_contrasts(known, findings)}."
    )


def _overlaps(known: Sequence[Conclusion]) -> str:
    """Which intervals have a part in common: a fact that is seen, and no verdict."""
    pairs = list(combinations(known, 2))
    together = [_names(*pair) for pair in pairs if _is_overlap(*pair)]
    if len(together) == len(pairs):
        return "Their intervals overlap"
    return f"Their intervals lie apart, but for {', '.join(together)}" if together else "Their intervals lie apart"


def _is_overlap(first: Conclusion, second: Conclusion) -> bool:
    if first.low is None or first.high is None or second.low is None or second.high is None:
        return True
    return first.low <= second.high and second.low <= first.high


def _contrasts(known: Sequence[Conclusion], findings: Findings) -> str:
    """What may be claimed of each two neighbours in that order, each verdict once."""
    pairs: dict[str, list[str]] = {}
    for first, second in pairwise(known):
        # Of one load both have as many rows a request.
        ratio = findings.ratio(CPU_CONTRASTED, first.systems[0], second.systems[0], first.point)
        verdict = f"{ContrastWord.UNDECIDED}: {NO_BLOCK}" if ratio is None else verdict_text(ratio)
        pairs.setdefault(verdict, []).append(_names(first, second))
    if len(pairs) == 1:
        return f"block by block {'they are' if len(known) == 2 else 'neighbours are'} {next(iter(pairs))}"
    return "block by block " + "; ".join(f"{', '.join(names)} are {verdict}" for verdict, names in pairs.items())


def _names(first: Conclusion, second: Conclusion) -> str:
    return f"`{first.systems[0]}` and `{second.systems[0]}`"
