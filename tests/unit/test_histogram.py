import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from servebench.histogram import (
    HIGHEST_NS,
    histogram_of,
    new_histogram,
    percentiles_ms,
    quantize_ns,
    read_hlog,
    write_hlog,
)

latencies = st.lists(st.integers(1, HIGHEST_NS), min_size=1, max_size=200)


@given(st.integers(1, HIGHEST_NS))
def test_quantizing_loses_less_than_a_thousandth(value):
    assert 0 <= value - quantize_ns(value) <= value / 1000


@given(latencies)
def test_pairs_make_the_histogram_that_recording_makes(values):
    recorded = new_histogram()
    for value in values:
        recorded.record_value(value)
    counts: dict[int, int] = {}
    for value in values:
        counts[quantize_ns(value)] = counts.get(quantize_ns(value), 0) + 1
    assert histogram_of(counts.items()).encode() == recorded.encode()


@given(latencies, latencies)
def test_merging_is_exact(left, right):
    merged = histogram_of((quantize_ns(v), 1) for v in left)
    merged.add(histogram_of((quantize_ns(v), 1) for v in right))
    assert merged.encode() == histogram_of((quantize_ns(v), 1) for v in left + right).encode()


@given(latencies)
def test_percentiles_never_exceed_the_maximum_and_lie_within_a_thousandth(values):
    histogram = histogram_of((quantize_ns(v), 1) for v in values)
    wanted = (50.0, 90.0, 99.0, 99.9)
    for percentile, found in zip(wanted, percentiles_ms(histogram, wanted, max(values)), strict=True):
        exact = float(np.percentile(values, percentile, method="inverted_cdf")) / 1e6
        assert found is not None
        assert found <= max(values) / 1e6
        assert abs(found - exact) <= exact * 0.002


def test_an_empty_histogram_has_no_percentile():
    assert percentiles_ms(new_histogram(), [50.0, 99.0]) == [None, None]


def test_a_log_reads_back(tmp_path):
    histogram = histogram_of([(1_000_000, 3), (2_000_000_000, 1)])
    write_hlog(tmp_path / "latency.hlog", histogram, 1_700_000_000.0, 3.0)
    assert read_hlog(tmp_path / "latency.hlog").encode() == histogram.encode()


def test_an_empty_log_reads_back_empty(tmp_path):
    write_hlog(tmp_path / "latency.hlog", new_histogram(), 1_700_000_000.0, 3.0)
    assert read_hlog(tmp_path / "latency.hlog").get_total_count() == 0
