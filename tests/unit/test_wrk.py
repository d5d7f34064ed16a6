from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servebench.errors import ServebenchError
from servebench.generator.wrk import without_correction


def corrected_as_wrk_does(counts, interval_us):
    """A transcription of what wrk's statistics do to a histogram; then only what wrk can list."""
    data = Counter(counts)
    for value in range(2 * interval_us, max(counts) + 1):
        count = data[value]
        made_up = value - interval_us
        while count and made_up > interval_us:
            data[made_up] += count
            made_up -= interval_us
    return Counter({value: count for value, count in data.items() if count and value >= min(counts)})


@given(st.lists(st.integers(50, 5_000), min_size=4, max_size=200), st.integers(1, 4))
def test_made_up_samples_are_taken_out_again(latencies_us, connections):
    counts = Counter(latencies_us)
    duration_us = sum(latencies_us) // connections
    requests = len(latencies_us)
    interval_us = duration_us // (requests // connections)
    corrected = corrected_as_wrk_does(counts, interval_us)
    assert without_correction(corrected, requests, duration_us, connections) == counts


def test_books_that_do_not_balance_are_an_error():
    with pytest.raises(ServebenchError, match="2 samples of 3 requests"):
        without_correction(Counter({100: 2}), 3, 300, 1)
