import dataclasses
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servebench.generator.abilities import ABILITIES, REFERENCE
from servebench.generator.merge import merge_results
from servebench.generator.protocol import LoadResult, Second
from servebench.generator.recorder import PayloadPool, Recorder
from servebench.generator.registry import GENERATORS
from servebench.known import known
from servebench.trial.load_shares import split_users
from servebench.words import GeneratorKind


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


def test_a_second_tells_its_answers_its_errors_and_its_slowest_good_answer():
    first, *others = recorded([0.002, 0.003, 0.001], ["timeout"], duration_s=1.5).series
    assert first == Second(good=3, bad=1, slowest_ns=3_000_000)
    assert others == [Second(0, 0, None)]


def test_what_has_no_answer_is_kept_by_its_age():
    recorder = Recorder(time.monotonic() - 1.0, 1.0)
    # These come after the end: one was on its way then, the other was sent later.
    recorder.answered(0.5, None)
    recorder.answered(0.0, None)
    recorder.in_flight(0.25)
    recorder.unsent(3.0)
    result = recorder.result(0.1)
    assert (result.requests, result.in_flight) == (0, 2)
    assert [count for _, count in result.unanswered_ages_ns] == [1, 1, 1]
    assert result.unanswered_ages_ns[0][0] == pytest.approx(0.25e9, rel=1e-3)
    assert result.unanswered_ages_ns[1][0] == pytest.approx(0.5e9, rel=0.05)
    timed_out = recorded([], ["timeout", "status_503"])
    assert [count for _, count in timed_out.unanswered_ages_ns] == [1]


def test_what_one_process_does_not_tell_the_sum_does_not():
    told = dataclasses.replace(recorded([0.1]), connections_greeted=3, gap_total_s=0.2, gap_longest_s=0.1)
    more = dataclasses.replace(told, gap_total_s=0.3, gap_longest_s=0.05, is_spinning=True)
    both = merge_results([told, more])
    assert (both.connections_greeted, both.gap_total_s, both.gap_longest_s, both.is_spinning) == (6, 0.3, 0.1, True)
    assert merge_results([told, recorded([])]).connections_greeted is None
    assert merge_results([recorded([])]).gap_total_s is None


@given(st.lists(st.floats(1e-6, 10), max_size=50), st.lists(st.floats(1e-6, 10), max_size=50))
def test_two_processes_make_what_one_would_have_made(left, right):
    merged, whole = merge_results([recorded(left), recorded(right)]), recorded(left + right)
    assert merged.requests == whole.requests
    assert merged.latencies_ns == whole.latencies_ns
    assert merged.latency_sum_ns == whole.latency_sum_ns
    assert merged.latency_max_ns == whole.latency_max_ns
    assert merged.series == whole.series
    assert max(known([second.slowest_ns for second in merged.series]), default=None) == merged.latency_max_ns
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


def test_no_kind_of_generator_is_forgotten():
    assert set(ABILITIES) == set(GENERATORS) == set(GeneratorKind)


def test_every_kind_but_the_reference_is_compared_with_it():
    assert [kind for kind in GeneratorKind if ABILITIES[kind].comparison is None] == [REFERENCE]
