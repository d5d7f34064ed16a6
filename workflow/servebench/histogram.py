"""Latency histograms: HdrHistogram, three significant digits, nanoseconds, one hour at most; merging is exact."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader, HistogramLogWriter

SIGNIFICANT_DIGITS = 3
HIGHEST_NS = 3_600_000_000_000
# Three digits need 2,048 sub-buckets: eleven bits of mantissa.
MANTISSA_BITS = 11


def quantize_ns(value_ns: int) -> int:
    """The lowest value that HdrHistogram counts together with `value_ns`."""
    shift = max(0, value_ns.bit_length() - MANTISSA_BITS)
    return value_ns >> shift << shift


def highest_equivalent_ns(value_ns: int) -> int:
    """The highest value that HdrHistogram counts together with `value_ns`."""
    shift = max(0, value_ns.bit_length() - MANTISSA_BITS)
    return value_ns | (1 << shift) - 1


def new_histogram() -> HdrHistogram:
    """An empty histogram."""
    return HdrHistogram(1, HIGHEST_NS, SIGNIFICANT_DIGITS)


def histogram_of(pairs: Iterable[tuple[int, int]]) -> HdrHistogram:
    """A histogram of (nanoseconds, count) pairs."""
    histogram = new_histogram()
    for value_ns, count in pairs:
        histogram.record_value(min(value_ns, HIGHEST_NS), count)
    return histogram


def pairs_of(histogram: HdrHistogram) -> list[tuple[int, int]]:
    """The sorted (nanoseconds, count) pairs of a histogram."""
    buckets = merged_buckets([histogram])
    return list(zip(buckets.values.tolist(), buckets.counts.tolist(), strict=True))


@dataclass(frozen=True, eq=False)
class Buckets:
    """Ascending lowest values of buckets in nanoseconds, and how much was counted in each: arrays of integers."""

    values: Any
    counts: Any

    @classmethod
    def of(cls, pairs: Iterable[tuple[int, int]]) -> "Buckets":
        """Those of (nanoseconds, count) pairs in any order."""
        found = np.array(list(pairs), dtype=np.int64).reshape(-1, 2)
        values = np.minimum(found[:, 0], HIGHEST_NS)
        # The exponent of a whole number is the length of its bits.
        shifts = np.maximum(np.frexp(values)[1] - MANTISSA_BITS, 0)
        return cls._summed(values >> shifts << shifts, found[:, 1])

    @classmethod
    def _summed(cls, values: Any, counts: Any) -> "Buckets":
        distinct, places = np.unique(values, return_inverse=True)
        sums = np.zeros(len(distinct), dtype=np.int64)
        np.add.at(sums, places, counts)
        is_there = sums > 0
        return cls(distinct[is_there], sums[is_there])

    @property
    def total(self) -> int:
        """How much was counted."""
        return int(self.counts.sum())

    @property
    def largest(self) -> int | None:
        """The last bucket's lowest value; None without one."""
        return int(self.values[-1]) if len(self.values) else None

    def merged_with(self, other: "Buckets") -> "Buckets":
        """Both together."""
        if not len(other.values):
            return self
        return Buckets._summed(np.concatenate([self.values, other.values]), np.concatenate([self.counts, other.counts]))


def merged_buckets(histograms: Sequence[HdrHistogram]) -> Buckets:
    """The buckets of several histograms together that hold anything."""
    counts = np.zeros(len(_bucket_values()), dtype=np.int64)
    for histogram in histograms:
        counts += _counts(histogram).astype(np.int64)
    places = np.flatnonzero(counts)
    return Buckets(_bucket_values()[places], counts[places])


def _counts(histogram: HdrHistogram) -> Any:
    """The counts of all buckets, the empty ones too; the library's iterator takes 50 ms to visit them."""
    return np.frombuffer(histogram.encoder.payload.counts, dtype=np.uint64)


@cache
def _bucket_values() -> Any:
    """The lowest value of every bucket, as the library tells it."""
    histogram = new_histogram()
    values = [int(histogram.get_value_from_index(index)) for index in range(len(_counts(histogram)))]
    return np.array(values, dtype=np.int64)


def write_hlog(path: Path, histogram: HdrHistogram, start_s: float, duration_s: float) -> None:
    """Write a histogram as a HdrHistogram log of one interval; `start_s` is Unix time."""
    histogram.set_start_time_stamp(start_s * 1000)
    histogram.set_end_time_stamp((start_s + duration_s) * 1000)
    with path.open("w", encoding="ascii") as stream:
        writer = HistogramLogWriter(stream)
        writer.output_log_format_version()
        writer.output_legend()
        if histogram.get_total_count():
            writer.output_interval_histogram(histogram)


def read_hlog(path: Path) -> HdrHistogram:
    """All intervals of a HdrHistogram log, merged."""
    merged = new_histogram()
    reader = HistogramLogReader(str(path), merged)
    try:
        while reader.add_next_interval_histogram(merged) is not None:
            pass
    finally:
        reader.close()
    return merged


def percentiles_ms(
    histogram: HdrHistogram, percentiles: Sequence[float], max_ns: int | None = None
) -> list[float | None]:
    """Percentiles in milliseconds, never above the exact maximum; None for an empty histogram.

    The q-th percentile is the smallest value that at least q percent do not exceed; the library's own
    method rounds the rank to the nearest and falls one short.
    """
    total = histogram.get_total_count()
    if not total:
        return [None for _ in percentiles]
    seen = np.cumsum(_counts(histogram))
    found: list[float | None] = []
    for percentile in percentiles:
        index = int(np.argmax(seen * 100.0 >= percentile * total))
        value_ns = histogram.get_highest_equivalent_value(histogram.get_value_from_index(index))
        found.append(float(min(value_ns, max_ns) if max_ns is not None else value_ns) / 1e6)
    return found
