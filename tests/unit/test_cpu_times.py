import pytest
from hypothesis import given
from hypothesis import strategies as st
from servebench.trial.cpu_times import CpuStat, CpuTimes, parse_stat, spent_between, used_by_others_s

# A machine that counts interrupts by itself, and one that does not: its `irq` is 0 for ever.
TELLING = """cpu  400 20 60 1000 40 6 10 4 50 0
cpu0 100 10 30 600 10 2 5 1 0 0
cpu1 300 10 30 400 30 4 5 3 50 0
intr 10959233 0 0
ctxt 12345
"""
SAMPLING = """cpu  1212676 11324 375983 956574 5702 0 20334 429 0 0
cpu0 523834 7335 179592 569207 1534 0 10052 211 0 0
cpu1 688842 3989 196391 387366 4168 0 10281 218 0 0
"""
SECONDS = st.floats(0, 1)


def test_the_kernels_ticks_become_seconds():
    stat = parse_stat(TELLING, 0.01)
    assert stat.cpus[1] == CpuTimes(busy_s=3.4, idle_s=4.3, interrupts_s=0.09, steal_s=0.03)
    assert stat.machine.busy_s == pytest.approx(4.8)
    assert set(stat.cpus) == {0, 1}


def test_whether_interrupts_are_counted_by_themselves_is_seen():
    assert parse_stat(TELLING, 0.01).tells_interrupts
    assert not parse_stat(SAMPLING, 0.01).tells_interrupts


def stat(*cpus, tells_interrupts=True):
    total = CpuTimes(*(sum(getattr(cpu, name) for cpu in cpus) for name in CpuTimes.__dataclass_fields__))
    return CpuStat(total, dict(enumerate(cpus)), tells_interrupts)


NOTHING = CpuTimes(0.0, 0.0, 0.0, 0.0)


def test_a_cpu_that_was_taken_out_leaves_the_figure_empty():
    assert spent_between(stat(NOTHING, NOTHING), stat(NOTHING), [0, 1]) is None
    assert used_by_others_s(stat(NOTHING, NOTHING), stat(NOTHING), [0, 1], 1.0, 0.5) is None
    assert spent_between(stat(NOTHING), stat(NOTHING), []) is None


def test_only_the_named_cpus_count():
    last = stat(CpuTimes(1.0, 0.0, 0.0, 0.0), CpuTimes(0.25, 0.75, 0.0, 0.0))
    assert spent_between(stat(NOTHING, NOTHING), last, [1]) == CpuTimes(0.25, 0.75, 0.0, 0.0)


@given(SECONDS, SECONDS, SECONDS, SECONDS, SECONDS, st.booleans())
def test_what_others_used_is_found_whatever_else_ran(server, others, idle, interrupts, steal, tells):
    """One CPU of `elapsed` seconds; where interrupts are not counted by themselves a thread has them."""
    elapsed = server + others + idle + interrupts + steal
    known = server if tells else server + interrupts
    last = stat(CpuTimes(server + others, idle, interrupts, steal), tells_interrupts=tells)
    found = used_by_others_s(stat(NOTHING, tells_interrupts=tells), last, [0], elapsed, known)
    assert found == pytest.approx(others, abs=1e-9)
