import time

from hypothesis import given
from hypothesis import strategies as st
from servebench.generator.merge import merge_results
from servebench.generator.protocol import LoadResult
from servebench.generator.recorder import PayloadPool, Recorder
from servebench.trial.generator_processes import split_users


def recorded(latencies_s, errors=(), duration_s=5.0):
    recorder = Recorder(time.monotonic(), duration_s)
    for latency in latencies_s:
        recorder.answered(latency, None)
    for kind in errors:
        recorder.answered(0.1, kind)
    return recorder.result(0.5)


def test_answers_outside_the_window_do_not_count():
    recorder = Recorder(time.monotonic() + 60, 1.0)
    recorder.answered(0.001, None)
    assert recorder.result(0.0).requests == 0


def test_errors_are_counted_by_kind_and_apart_from_latencies():
    result = recorded([0.001], ["timeout", "timeout", "status_500"])
    assert result.requests == 1
    assert result.errors == {"timeout": 2, "status_500": 1}
    assert sum(count for _, count in result.latencies_ns) == 1


@given(st.lists(st.floats(1e-6, 10), max_size=50), st.lists(st.floats(1e-6, 10), max_size=50))
def test_two_processes_make_what_one_would_have_made(left, right):
    merged, whole = merge_results([recorded(left), recorded(right)]), recorded(left + right)
    assert merged.requests == whole.requests
    assert merged.latencies_ns == whole.latencies_ns
    assert merged.latency_sum_ns == whole.latency_sum_ns
    assert merged.latency_max_ns == whole.latency_max_ns
    assert merged.series == whole.series
    assert merged.cpu_s == 1.0


def test_a_result_reads_back_from_plain_values():
    result = recorded([0.001, 0.002], ["timeout"])
    assert LoadResult.from_dict(result.as_dict()) == result


@given(st.integers(1, 500), st.integers(1, 32))
def test_users_are_split_evenly_and_completely(users, processes):
    shares = split_users(users, processes)
    assert sum(shares) == users
    assert max(shares) - min(shares) <= 1
    assert min(shares) >= 1


def test_the_pool_gives_the_same_sequence_each_time_and_golden_answers_to_some(tmp_path):
    files = (tmp_path / "payloads.jsonl", tmp_path / "golden.jsonl")
    files[0].write_text("".join(f'{{"features":[{n}]}}\n' for n in range(10_000)))
    files[1].write_text("".join(f'{{"prediction":{n}}}\n' for n in range(1_000)))
    one, two = PayloadPool(*files, 9_999), PayloadPool(*files, 9_999)
    indices = [one.next_index() for _ in range(5)]
    assert indices == [9_999, 0, 1, 2, 3]
    assert indices == [two.next_index() for _ in range(5)]
    assert one.to_check(0) == one.golden[0]
    assert one.to_check(9_990) == one.golden[999]
    assert one.to_check(3) is None
