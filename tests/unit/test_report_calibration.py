import pytest
from servebench.calibrate.generator import refuse_failed
from servebench.errors import ServebenchError
from servebench.files import write_json, write_text
from servebench.paths import StudyPaths
from servebench.report.calibration import calibration_lines, disturbance, not_passed
from servebench.report.summary import write_summary
from support.trials import make_study, make_trial


def test_what_has_not_been_calibrated_is_said(tmp_path):
    lines = calibration_lines(StudyPaths(tmp_path), ["native"])
    assert lines[0] == "latencies: native not measured yet"
    assert "intervals: not measured yet" in lines[-1]
    assert disturbance(StudyPaths(tmp_path)) is None
    assert not_passed(StudyPaths(tmp_path), ["native"]) == []


@pytest.mark.parametrize("broken", ["{}", '{"status": "almost"}', "[]", "", '{"status": "meas'])
def test_a_broken_calibration_is_one_line_with_the_remedy(tmp_path, broken):
    paths = StudyPaths(tmp_path)
    write_text(paths.calibration("native"), broken)
    with pytest.raises(ServebenchError, match=r"native\.json is broken.*delete it and run the study again"):
        calibration_lines(paths, ["native"])


CEILING = {"throughput_rps": 61234.0, "connections": 64, "is_ceiling": True}
TRUTH = {
    "status": "measured",
    "passed": True,
    "failed": 0,
    "checks": [],
    "resolution": {"p50_ms": 0.021, "p90_ms": 0.03, "p99_ms": 0.3},
    "floor": {"p50_ms": 0.02, "p90_ms": 0.04, "p99_ms": 0.28},
    "offset_ms": None,
    "rounds": 3,
    "rounds_disturbed": 0,
    "is_disturbed": False,
}


def lines_of(tmp_path, truth):
    paths = StudyPaths(tmp_path)
    outcome = {"generator": "native", "status": "measured", "ceiling": CEILING, "truth": truth}
    write_json(paths.calibration("native"), outcome)
    return [*calibration_lines(paths, ["native"]), *not_passed(paths, ["native"])]


def test_the_resolution_is_one_sentence(tmp_path):
    assert lines_of(tmp_path, TRUTH)[0] == (
        "latencies: native percentiles are right to 0.021 ms (p50), 0.04 ms (p90) and 0.3 ms (p99) here (it was off by "
        "0.021 ms (p50), 0.03 ms (p90) and 0.3 ms (p99), a bare client beside it by 0.02 ms (p50), 0.04 ms (p90) and "
        "0.28 ms (p99))"
    )


def test_a_generators_own_time_is_told_beside_it(tmp_path):
    assert (
        "percentiles after 0.53 ms of its own a request are right"
        in lines_of(tmp_path, {**TRUTH, "offset_ms": 0.53})[0]
    )


def test_a_disturbed_machine_is_told_without_the_word_failed(tmp_path):
    disturbed = {**TRUTH, "is_disturbed": True, "rounds_disturbed": 9}
    assert lines_of(tmp_path, disturbed)[0].endswith("(others took a CPU in 9 of the runs)")


def test_a_calibration_of_before_is_reported_without_the_word_failed(tmp_path):
    check = {"name": "constant 5 ms, p99", "found": 5.82, "expected": 5.0, "passed": False, "is_decided": True}
    check |= {"text": "constant 5 ms, p99: 5.820 ms for 5.000 ms (+820 µs)", "tolerance": "2% or 0.1 ms"}
    old = {"status": "measured", "passed": False, "failed": 1, "checks": [check], "rounds": 15, "tolerance": "2%"}
    stall = {"status": "measured", "passed": True, "checks": [check], "closed_loop_p99_ms": 5.0}
    paths = StudyPaths(tmp_path)
    outcome = {"generator": "native", "status": "measured", "ceiling": CEILING, "truth": old, "stall": stall}
    write_json(paths.calibration("native"), outcome)
    assert calibration_lines(paths, ["native"])[0] == (
        "latencies: native right to 0.82 ms in 15 rounds, the machine's part not told apart"
    )
    assert "FAILED" not in str(calibration_lines(paths, ["native"]))
    assert not [line for line in not_passed(paths, ["native"]) if line.startswith("truth")]


@pytest.mark.parametrize(
    ("passed", "is_decided", "expected"),
    [(True, True, "agreement: passed, wrk / native"), (False, False, "agreement: not decided: run `make calibrate`")],
)
def test_an_agreement_is_shown_only_where_it_is_decided(tmp_path, passed, is_decided, expected):
    paths = StudyPaths(tmp_path)
    check = {
        "name": "wrk / native on 5 ms, p50",
        "passed": passed,
        "is_decided": is_decided,
        "text": "",
        "tolerance": "",
    }
    write_json(
        paths.agreement_calibration,
        {"status": "measured", "passed": passed, "failed": 0, "checks": [check], "absent": {}},
    )
    assert calibration_lines(paths, ["native"])[-1].startswith(expected)


def test_what_disturbed_the_machine_is_known_to_the_page(tmp_path):
    paths = StudyPaths(tmp_path)
    heard = {"status": "measured", "disturbance": "CPU 1 was taken for 12 % of a second", "cpus": []}
    write_json(paths.machine_calibration, heard)
    assert disturbance(paths) == "CPU 1 was taken for 12 % of a second"
    assert calibration_lines(paths, [])[0].startswith("the machine is too disturbed to calibrate: CPU 1")


def test_a_disturbed_machine_is_said_at_the_very_top(tmp_path):
    paths = make_study(tmp_path / "study", [make_trial(tmp_path, "beast", r) for r in (1, 2, 3)])
    heard = {"status": "measured", "disturbance": "CPU 1 was taken for 12 % of a second", "cpus": []}
    write_json(paths.machine_calibration, heard)
    write_summary(paths)
    _, _, line = paths.summary.read_text(encoding="utf-8").split("\n\n")[:3]
    assert line.startswith("**The machine was disturbed before the first measurement: CPU 1 was taken")


def test_each_load_host_is_told_and_its_stall_that_did_not_pass_named(tmp_path):
    paths = StudyPaths(tmp_path)
    check = {"text": "p99: 500 ms for 985 ms", "passed": False, "is_decided": True, "tolerance": "5%"}
    stall = {"status": "measured", "passed": False, "failed": 1, "checks": [check]}
    host = {"ceiling": CEILING, "stall": stall, "added_ms": {"p50_ms": 0.2, "p99_ms": 0.4}}
    outcome = {"generator": "native", "status": "measured", "ceiling": CEILING, "hosts": {"a": host}}
    write_json(paths.calibration("native"), outcome)
    lines = calibration_lines(paths, ["native"])
    assert lines[2] == (
        "load hosts: native from a ceiling 61,200 requests/s with 64 connections, stall FAILED in 1 of 1 checks, "
        "network and generator add 0.2 ms (p50) and 0.4 ms (p99)"
    )
    assert not_passed(paths, ["native"]) == ["stall of native from a failed: p99: 500 ms for 985 ms, allowed 5%"]
    with pytest.raises(ServebenchError, match="from a: p99: 500 ms for 985 ms"):
        refuse_failed(outcome)
