"""Sampled stacks: who had called whom whenever a profiler looked, and how often it saw that."""

import re
from collections import Counter
from typing import NamedTuple

# The C++ operators whose names hold brackets.
_OPERATOR = re.compile(r"operator(<=>|<<=?|>>=?|<=|>=|->\*?|<|>) *")
_TEMPLATE = re.compile(r"(?<=[\w~)])<[^<>]*>")
UNKNOWN = "[unknown]"
KERNEL = "[kernel"


class Frame(NamedTuple):
    """A function, and the source file or the program that it stands in."""

    function: str
    place: str

    @property
    def is_in_kernel(self) -> bool:
        """Whether the kernel ran it."""
        return self.place.startswith(KERNEL)

    @property
    def short_name(self) -> str:
        """Its name without the arguments of C++ templates, which may fill a page."""
        name, shorter = "", _OPERATOR.sub("operator", self.function).replace("(anonymous namespace)::", "")
        while name != shorter:
            name, shorter = shorter, _TEMPLATE.sub("", shorter)
        return name


# From the outermost function to the one that ran.
Stack = tuple[Frame, ...]
Stacks = Counter[Stack]


def kernel_share(stacks: Stacks) -> float | None:
    """Of all samples those in which the kernel ran; None where it is never seen."""
    seen = sum(count for stack, count in stacks.items() if stack[-1].is_in_kernel)
    return seen / stacks.total() if seen else None


def shortened(text: str, letters: int) -> str:
    """A text that fits, cut with an ellipsis."""
    return text if len(text) <= letters else text[: letters - 1] + "…"
