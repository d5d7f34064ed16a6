from hypothesis import given
from hypothesis import strategies as st
from servebench.report.answer.instances import instances_needed


@given(st.integers(1, 10**6), st.floats(1, 1e5), st.floats(0, 0.9))
def test_instances_carry_the_load_and_one_fewer_would_not(target_rps, capacity_rps, headroom):
    count = instances_needed(target_rps, capacity_rps, headroom)
    usable = capacity_rps * (1 - headroom)
    assert count * usable >= target_rps * (1 - 1e-9)
    assert (count - 1) * usable < target_rps
