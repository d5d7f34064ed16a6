"""A against A: what was found between two names of one system, where every difference is false."""

from itertools import combinations

from servebench.analyse.contrasts import claimed
from servebench.report.data import StudyData
from servebench.words import ContrastWord


def a_against_a(data: StudyData) -> str:
    """A line for two systems whose definitions are the same; empty where there are none."""
    contrasts = claimed(data.contrasts)
    lines = []
    for pair in combinations(sorted(data.config.every_system), 2):
        first, second = (data.config.system_catalogue[name] for name in pair)
        found = contrasts[(contrasts["numerator"] == pair[0]) & (contrasts["denominator"] == pair[1])]
        if first != second or found.empty:
            continue
        words = [ContrastWord.of(word) for word in found["verdict"]]
        counts = ", ".join(f"{word} in {words.count(word)}" for word in dict.fromkeys(words))
        verdict = "FAILED" if ContrastWord.DIFFERENT in words else "passed"
        lines.append(
            f"- `{pair[0]}` and `{pair[1]}` are one system: of {len(words)} contrasts {counts}: {verdict}, as every "
            "difference would be false"
        )
    return "\n".join(["## A against A", "", *lines]) if lines else ""
