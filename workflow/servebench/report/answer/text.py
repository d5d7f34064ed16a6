"""Conclusions as text: the figure with its unit, its interval and the mark of a bound."""

from servebench.report.answer.conclusion import Conclusion
from servebench.report.format import contrast_text, figure
from servebench.words import ContrastWord


def amount(found: Conclusion) -> str:
    """Such as `≥ 8,410 requests/s [8,300, 8,520]`."""
    return _marked(found, found.unit)


def times(found: Conclusion) -> str:
    """A ratio, such as `8.64 times [8.42, 8.86]`."""
    return _marked(found, "times")


def verdict_text(found: Conclusion) -> str:
    """A ratio's verdict, with the reason where the interval does not say it."""
    return contrast_text(ContrastWord.of(found.verdict), found.reason)


def place(found: Conclusion) -> str:
    """At which load it was measured, and by what: `64 users, native`."""
    return place_of(found.load, found.generator)


def place_of(load: str, generator: str) -> str:
    """The same of a load and a generator."""
    return f"{load}, {generator}"


def _marked(found: Conclusion, unit: str | None) -> str:
    mark = "" if found.bound is None else f"{found.bound.mark} "
    interval = "" if found.low is None or found.high is None else f" [{figure(found.low)}, {figure(found.high)}]"
    return f"{mark}{figure(found.estimate)}{'' if unit is None else f' {unit}'}{interval}"
