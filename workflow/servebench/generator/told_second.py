"""What a generator's process says of each second of its window, while it goes on: one line, or nothing."""

import json
import os
import select
from contextlib import suppress
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class ToldSecond:
    """A second of the window, the first is 1: its good answers, and their p99; None without any."""

    second: int
    good: int
    p99_ns: int | None


def to_line(told: ToldSecond) -> bytes:
    """As it goes over a pipe."""
    return f"{json.dumps(asdict(told))}\n".encode()


def from_line(line: bytes) -> ToldSecond | None:
    """As it came; None where the line is none of these."""
    try:
        told = ToldSecond(**json.loads(line))
    except (ValueError, TypeError):
        return None
    numbers = (told.second, told.good, told.good if told.p99_ns is None else told.p99_ns)
    return told if all(type(number) is int for number in numbers) else None


def say(told: ToldSecond, descriptor: int) -> None:
    """Say it, unless the pipe is full or nobody reads it: a generator waits for no reader."""
    _, has_room, _ = select.select([], [descriptor], [], 0)
    if has_room:
        with suppress(OSError):
            os.write(descriptor, to_line(told))
