"""What a Python generator counts inside the window."""

import json
import math
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from servebench.answers import GOLDEN_STEP
from servebench.generator.protocol import LoadResult, OpenLoopCounts, Second
from servebench.generator.told_second import ToldSecond
from servebench.histogram import quantize_ns

TIMEOUT = "timeout"


class PayloadPool:
    """The bodies in their seeded order, and the golden answers of every tenth."""

    def __init__(self, payloads: Path, golden: Path, first: int) -> None:
        self.bodies = [line.encode() for line in payloads.read_text(encoding="utf-8").splitlines()]
        self.golden = [json.loads(line) for line in golden.read_text(encoding="utf-8").splitlines()]
        self._indices = self._endless(first)

    def _endless(self, first: int) -> Iterator[int]:
        index = first
        while True:
            yield index % len(self.bodies)
            index += 1

    def next_index(self) -> int:
        """The index of the next body; the same sequence in every trial."""
        return next(self._indices)

    def to_check(self, index: int) -> dict[str, Any] | None:
        """The golden answer of an input that has one."""
        return dict(self.golden[index // GOLDEN_STEP]) if index % GOLDEN_STEP == 0 else None


class Recorder:
    """Counts what falls into [start, start + duration) on the monotonic clock.

    Closed loop: answers that end inside it. Open loop: requests that were to start inside it. What was on its way at
    the end of a closed loop is kept by its age then.
    """

    def __init__(self, start_s: float, duration_s: float) -> None:
        self.start_s = start_s
        self.end_s = start_s + duration_s
        self._latencies_ns: list[int] = []
        self._told_delays_ns: list[int] = []
        self._errors: Counter[str] = Counter()
        self._series = [Second(0, 0, None)] * math.ceil(duration_s)
        self._checked = 0
        self._unanswered_ages_ns: list[int] = []
        self._in_flight = 0

    def counts(self, at_s: float) -> bool:
        """Whether a time lies inside the window."""
        return self.start_s <= at_s < self.end_s

    def answered(self, latency_s: float, error: str | None, told_delay_ns: int | None = None) -> None:
        """Closed loop: record an answer that has just come, or an error of a kind."""
        now_s = time.monotonic()
        if self.counts(now_s):
            self._record(now_s, latency_s, error, told_delay_ns)
        elif now_s >= self.end_s > now_s - latency_s:
            self.in_flight(self.end_s - (now_s - latency_s))

    def answered_intended(self, intended_s: float, error: str | None, told_delay_ns: int | None = None) -> None:
        """Open loop: record the answer to a request that was to start at `intended_s`."""
        now_s = time.monotonic()
        if self.counts(intended_s):
            self._record(now_s, now_s - intended_s, error, told_delay_ns)

    def _record(self, now_s: float, latency_s: float, error: str | None, told_delay_ns: int | None) -> None:
        index = min(int(now_s - self.start_s), len(self._series) - 1)
        second = self._series[index]
        if error is None:
            latency_ns = max(1, round(latency_s * 1e9))
            self._latencies_ns.append(latency_ns)
            if told_delay_ns is not None:
                self._told_delays_ns.append(told_delay_ns)
            self._series[index] = Second(second.good + 1, second.bad, max(latency_ns, second.slowest_ns or 0))
        else:
            self._errors[error] += 1
            self._series[index] = second._replace(bad=second.bad + 1)
            if error == TIMEOUT:
                self._without_answer(latency_s)

    def in_flight(self, age_s: float) -> None:
        """Record a request without an answer at the end, that old since its intended start."""
        self._in_flight += 1
        self._without_answer(age_s)

    def unsent(self, age_s: float) -> None:
        """Record a request that was never sent, that old since its intended start."""
        self._without_answer(age_s)

    def _without_answer(self, age_s: float) -> None:
        self._unanswered_ages_ns.append(max(1, round(age_s * 1e9)))

    def checked(self) -> None:
        """Count an answer that was compared with its golden answer."""
        if self.counts(time.monotonic()):
            self._checked += 1

    @property
    def seconds(self) -> int:
        """How many the window has, the last of which may be a part."""
        return len(self._series)

    def told_second(self, number: int) -> ToldSecond:
        """What one that has passed brought, the first is 1."""
        # Latencies stand in the order of their answers.
        until = sum(second.good for second in self._series[:number])
        good = self._series[number - 1].good
        latencies_ns = sorted(self._latencies_ns[until - good : until])
        return ToldSecond(number, good, latencies_ns[math.ceil(0.99 * good) - 1] if good else None)

    @property
    def answers(self) -> int:
        """Good answers and errors so far."""
        return len(self._latencies_ns) + sum(self._errors.values())

    def result(self, cpu_s: float, open_loop: OpenLoopCounts | None = None, reconnects: int = 0) -> LoadResult:
        """What was counted; `cpu_s` is this process's CPU time inside the window."""
        values = self._latencies_ns
        return LoadResult(
            requests=len(values),
            errors=dict(self._errors),
            latency_sum_ns=sum(values),
            latency_min_ns=min(values, default=None),
            latency_max_ns=max(values, default=None),
            latencies_ns=count_quantized(values),
            series=list(self._series),
            answers_checked=self._checked,
            cpu_s=cpu_s,
            busiest_cpu_s=cpu_s,
            open_loop=open_loop,
            told_delays_ns=count_quantized(self._told_delays_ns),
            in_flight=self._in_flight,
            unanswered_ages_ns=count_quantized(self._unanswered_ages_ns),
            reconnects=reconnects,
        )


def count_quantized(values_ns: Iterable[int]) -> list[tuple[int, int]]:
    """Values as the sorted pairs of a HdrHistogram."""
    return sorted(Counter(quantize_ns(value) for value in values_ns).items())
