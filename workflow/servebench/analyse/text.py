"""Figures inside the clauses of verdicts and flags, and the sign for one that is missing."""

MISSING = "–"


def percent(share: float) -> str:
    """A share as percent, with two significant digits, and never as a power of ten."""
    value = share * 100
    return f"{value:.2g} %" if value < 10 else f"{value:.0f} %"
