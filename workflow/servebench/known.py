"""Figures of which some may not be told: what is made of them is not told either."""

from collections.abc import Sequence
from typing import TypeVar

Number = TypeVar("Number", int, float)
Value = TypeVar("Value")


def known(values: Sequence[Value | None]) -> list[Value]:
    """Those that are told."""
    return [value for value in values if value is not None]


def sum_if_known(values: Sequence[Number | None]) -> Number | None:
    """The sum, or None where one is not told."""
    told = known(values)
    return sum(told) if len(told) == len(values) else None
