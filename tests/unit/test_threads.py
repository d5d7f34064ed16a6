import pytest
from hypothesis import given
from hypothesis import strategies as st
from servebench.trial.threads import (
    ThreadReading,
    ThreadReadings,
    parse_schedstat,
    parse_switches,
    read_threads,
    used_between,
)

STATUS = """Name:\tuvicorn
Umask:\t0022
State:\tS (sleeping)
Threads:\t2
voluntary_ctxt_switches:\t1234
nonvoluntary_ctxt_switches:\t56
"""
COUNT = st.integers(0, 10**12)
READING = st.builds(ThreadReading, COUNT, COUNT, COUNT, COUNT)


def make_thread(proc, pid, thread, schedstat):
    folder = proc / str(pid) / "task" / str(thread)
    folder.mkdir(parents=True)
    (folder / "status").write_text(STATUS)
    if schedstat is not None:
        (folder / "schedstat").write_text(schedstat)


def test_the_kernels_figures_are_read():
    assert parse_schedstat("123871 49365 2\n") == (123871, 49365)
    assert parse_switches(STATUS) == (1234, 56)
    assert parse_switches("") == (0, 0)


def test_the_threads_of_several_processes_are_read(tmp_path):
    make_thread(tmp_path, 7, 7, "100 20 1\n")
    make_thread(tmp_path, 7, 8, "300 0 1\n")
    make_thread(tmp_path, 9, 9, "50 40 1\n")
    readings = read_threads([7, 9, 10], tmp_path)
    assert readings.threads == {
        7: ThreadReading(100, 20, 1234, 56),
        8: ThreadReading(300, 0, 1234, 56),
        9: ThreadReading(50, 40, 1234, 56),
    }


@pytest.mark.parametrize("schedstat", [None, "0 0 0\n", "nonsense\n"])
def test_a_system_that_does_not_tell_is_no_quiet_one(tmp_path, schedstat):
    make_thread(tmp_path, 7, 7, schedstat)
    assert read_threads([7], tmp_path) is None
    assert used_between(read_threads([7], tmp_path), None) is None


def test_a_thread_that_is_new_counts_whole_and_one_that_ended_not():
    first = ThreadReadings(1.0, {1: ThreadReading(10**9, 10**9, 10, 3), 2: ThreadReading(10**9, 10**9, 10, 3)})
    last = ThreadReadings(3.0, {1: ThreadReading(2 * 10**9, 10**9, 15, 5), 3: ThreadReading(10**8, 3 * 10**8, 1, 2)})
    used = used_between(first, last)
    assert (used.elapsed_s, used.busiest_cpu_s, used.voluntary_switches) == (2.0, 1.0, 6)
    assert used.involuntary_switches == 4
    assert (used.delay_s, used.longest_delay_s) == (0.3, 0.3)


@given(st.dictionaries(st.integers(1, 50), READING, min_size=1), READING)
def test_of_threads_that_went_on_the_sums_are_what_was_added(threads, more):
    def later(one):
        return ThreadReading(
            one.cpu_ns + more.cpu_ns,
            one.delay_ns + more.delay_ns,
            one.voluntary_switches + more.voluntary_switches,
            one.involuntary_switches + more.involuntary_switches,
        )

    last = {number: later(one) for number, one in threads.items()}
    used = used_between(ThreadReadings(0.0, threads), ThreadReadings(1.0, last))
    assert used.busiest_cpu_s == more.cpu_ns / 1e9
    assert used.longest_delay_s == more.delay_ns / 1e9
    assert used.delay_s == pytest.approx(len(threads) * more.delay_ns / 1e9)
    assert used.voluntary_switches == len(threads) * more.voluntary_switches
    assert used.involuntary_switches == len(threads) * more.involuntary_switches
