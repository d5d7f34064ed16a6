import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from servebench.analyse.factors import factors_of

COST = st.floats(1.0, 1e6)
BLOCKS = st.lists(st.tuples(COST, COST, COST), min_size=1, max_size=6)


@given(BLOCKS)
def test_shares_add_up_and_ratios_multiply_to_the_whole(blocks):
    costs = [list(column) for column in zip(*blocks, strict=True)]
    # Of next to nothing a share is next to infinite.
    assume(all(abs(math.log(block[0] / block[2])) > 1e-3 for block in blocks))
    factors = factors_of(costs)
    assert sum(factor.share.estimate for factor in factors) == pytest.approx(1, abs=1e-6)
    whole = math.fsum(math.log(block[0] / block[2]) for block in blocks) / len(blocks)
    assert sum(math.log(factor.ratio.estimate) for factor in factors) == pytest.approx(whole, abs=1e-9)


def test_a_share_has_an_interval_from_three_blocks_on():
    first, _ = factors_of([[800.0, 820.0, 790.0], [200.0, 190.0, 210.0], [50.0, 51.0, 49.0]])
    assert first.share.low < first.share.estimate < first.share.high
    first, _ = factors_of([[800.0, 820.0], [200.0, 190.0], [50.0, 51.0]])
    assert first.share.low is None


@pytest.mark.parametrize("costs", [[[], [], []], [[1.0], [0.0], [2.0]], [[2.0], [1.0], [2.0]]])
def test_what_cannot_be_split_is_not(costs):
    assert factors_of(costs) == []
