"""The library that draws."""

from typing import Any


def altair() -> Any:
    """Altair, imported late: the Snakefile reads the list of plots at every start."""
    import altair as library

    return library
