"""What a trial shows can be told only of one that others left alone: it is made anew while they did not."""

from collections.abc import Callable
from typing import TypeVar

import pytest

Made = TypeVar("Made")


def undisturbed(make: Callable[[int], Made], disturbance: Callable[[Made], str | None], tries: int = 2) -> Made:
    """What the first undisturbed try makes; the test is skipped, with the last disturbance, where there is none."""
    found = None
    for attempt in range(1, tries + 1):
        made = make(attempt)
        found = disturbance(made)
        if found is None:
            return made
    pytest.skip(f"the machine was disturbed in each of {tries} tries: {found}")
