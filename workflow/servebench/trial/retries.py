"""What does not count is made again, a few times; nothing is lost of what was made before."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from servebench.thresholds import MOST_RETRIES, RETRIES_A_TRIAL

Made = TypeVar("Made")


@dataclass(frozen=True)
class Dropped(Generic[Made]):
    """Something that does not count, with the reason."""

    made: Made
    reason: str


def retries_left(measured: int, made_again: int) -> int:
    """How often the next trial's window may be made again, from how often those of its `measured` trials were.

    Only how often the machine disturbed decides, and no figure: as unbiased as the retries themselves.
    """
    allowed = int(RETRIES_A_TRIAL * (measured + 1)) + MOST_RETRIES
    return max(0, min(MOST_RETRIES, allowed - made_again))


def make_until_valid(
    make: Callable[[], Made], fault_of: Callable[[Made], str | None], most_retries: int
) -> tuple[Made, list[Dropped[Made]]]:
    """Make it, and again while it has a fault; the last one is the result, whatever it is, with all before it.

    The fault must not depend on the figure that is judged: to retry what came out low would raise the mean.
    """
    dropped: list[Dropped[Made]] = []
    made = make()
    while len(dropped) < most_retries and (reason := fault_of(made)) is not None:
        dropped.append(Dropped(made, reason))
        made = make()
    return made, dropped
