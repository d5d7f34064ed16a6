"""A rule as it is written: which figure of which cells keeps which limit.

    [system.][load.]metric  >= | <= | > | < | ==  number
    ratio(system, system)[.load][.metric]  >= | <= | > | <  number

What is left out is every one that the study has; the metric of a ratio is the throughput if none is named.
"""

import math
import re
from dataclasses import dataclass
from enum import StrEnum

from servebench.analyse.metrics import CellFigure, Metric, catalogue, primary_at
from servebench.config_words import suggest
from servebench.errors import ServebenchError
from servebench.load_point import PATTERN
from servebench.words import Loop

# What people write for the number of errors.
SHORT_NAMES = {"errors": "errors_total"}
# What is counted and has no interval: the figure is what was seen.
COUNTED = (CellFigure.SUM, CellFigure.MAX, CellFigure.COMPUTED)
RULE = re.compile(r"(?P<subject>.+?)\s*(?P<operator>>=|<=|==|>|<)\s*(?P<limit>\S+)")
RATIO_START = "ratio("
RATIO = re.compile(r"ratio\(\s*([^\s,()]+)\s*,\s*([^\s,()]+)\s*\)((?:\.[^.()\s]+)*)")
EXAMPLE = "write it like 'crow.users-64.throughput_rps >= 30000' or 'ratio(crow, fastapi).users-64 >= 10'"


class Operator(StrEnum):
    """How a figure must stand to its limit."""

    AT_LEAST = ">="
    AT_MOST = "<="
    MORE = ">"
    LESS = "<"
    EQUAL = "=="


@dataclass(frozen=True)
class Subject:
    """Whose figure is meant, of a system or of its ratio over another one; what is None may be any."""

    metric: Metric
    system: str | None = None
    denominator: str | None = None
    load_point: str | None = None
    model: str | None = None
    generator: str | None = None


@dataclass(frozen=True)
class Rule:
    """One rule, with its text."""

    text: str
    subject: Subject
    operator: Operator
    limit: float


def parse_rule(text: str, model: str | None = None, generator: str | None = None) -> Rule:
    """The rule of a text, of that model and generator alone; raises ServebenchError where it is none."""
    found = RULE.fullmatch(text.strip())
    if found is None:
        quotes = "; inside [..] a ratio stands in quotes" if text.count("(") != text.count(")") else ""
        raise ServebenchError(f"'{text}' is no rule: {EXAMPLE}{quotes}")
    read = _ratio if found["subject"].startswith(RATIO_START) else _figure
    subject = read(text, found["subject"], model, generator)
    operator = Operator(found["operator"])
    if operator is Operator.EQUAL and (subject.denominator or subject.metric.cell not in COUNTED):
        raise ServebenchError(f"'{text}': == is for what is counted, such as errors: write >= or <=")
    return Rule(text.strip(), subject, operator, _limit(text, found["limit"]))


def _limit(text: str, written: str) -> float:
    try:
        limit = float(written)
    except ValueError:
        limit = math.nan
    if not math.isfinite(limit):
        raise ServebenchError(f"'{text}': the limit must be a number such as 30000 or 0.5, not '{written}'")
    return limit


def _figure(text: str, written: str, model: str | None, generator: str | None) -> Subject:
    *parts, name = written.split(".")
    load_point = parts.pop() if parts and re.fullmatch(PATTERN, parts[-1]) else None
    system = parts.pop() if parts else None
    if parts:
        raise ServebenchError(f"'{text}': in front of a metric stand a system and a load: {EXAMPLE}")
    return Subject(_metric(text, name), system, None, load_point, model, generator)


def _ratio(text: str, written: str, model: str | None, generator: str | None) -> Subject:
    found = RATIO.fullmatch(written)
    if found is None:
        raise ServebenchError(f"'{text}' is no ratio: {EXAMPLE}")
    numerator, denominator, behind = found.groups()
    if numerator == denominator:
        raise ServebenchError(f"'{text}': a ratio is of two systems: {EXAMPLE}")
    parts = behind.split(".")[1:]
    load_point = parts.pop(0) if parts and re.fullmatch(PATTERN, parts[0]) else None
    metric = _metric(text, parts.pop(0)) if parts else primary_at(Loop.CLOSED)
    if parts:
        raise ServebenchError(f"'{text}': behind a ratio stand a load and a metric: {EXAMPLE}")
    if not metric.contrast:
        known = ", ".join(other.name for other in catalogue() if other.contrast)
        raise ServebenchError(f"'{text}': systems are not contrasted in {metric.name}; they are in {known}")
    return Subject(metric, numerator, denominator, load_point, model, generator)


def _metric(text: str, name: str) -> Metric:
    """The metric of a name, if cells tell where it lies; raises ServebenchError."""
    metrics = {metric.name: metric for metric in catalogue()}
    metrics |= {short: metrics[name] for short, name in SHORT_NAMES.items()}
    told = [known for known, metric in metrics.items() if metric.cell in (CellFigure.INTERVAL, *COUNTED)]
    if name not in metrics:
        raise ServebenchError(f"'{text}': unknown metric '{name}'{suggest(name, told)}")
    if name not in told:
        raise ServebenchError(f"'{text}': cells have no interval of {name}, so that no rule of it can be decided")
    return metrics[name]
