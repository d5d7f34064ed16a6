import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from servebench.analyse.tables import read_table, write_tables
from servebench.errors import ServebenchError
from servebench.histogram import read_hlog
from servebench.trial.machine_lock import machine_lock
from servebench.trial.run import run_trial
from servebench.words import Outcome
from support.packages import make_fault_package, make_package, trial_request
from support.processes import none_left


@pytest.fixture
def fault(cancer_model, tmp_path):
    """Run a trial of a server with a fault."""

    def run(name, **changes):
        package = make_fault_package(name, cancer_model, tmp_path / "package")
        request = trial_request(package, cancer_model, tmp_path / "trials", **changes)
        return run_trial(request, None)

    return run


def test_a_trial_of_a_real_server_records_everything(cancer_model, tmp_path):
    make_package("fastapi", cancer_model, tmp_path / "package")
    request = trial_request(tmp_path / "package", cancer_model, tmp_path / "trials", duration_s=1.5)
    record = run_trial(request, None)
    assert record.outcome == "measured"
    assert record.load.requests > 50
    assert record.load.throughput_rps == pytest.approx(record.load.requests / 1.5)
    cpu_cores = record.server.cpu_us_per_request * record.load.throughput_rps / 1e6
    assert cpu_cores == pytest.approx(record.server.cpu_mean_cores)
    assert record.load.errors == {}
    assert record.load.answers_checked > 0
    assert record.load.latency_min_ms <= record.load.latency_p50_ms <= record.load.latency_max_ms
    assert record.server.cpu_us_per_request > 0
    assert record.server.health["server"] == "fastapi"
    files = {path.name for path in request.folder.iterdir()}
    raw = {"result.json", "latency.hlog", "series.csv", "resources.csv"}
    assert files == raw | {"SHA256SUMS", "server.log", "generator.log"}
    assert {line.split("  ")[1] for line in (request.folder / "SHA256SUMS").read_text().splitlines()} == raw
    assert json.loads((request.folder / "result.json").read_text())["load"]["requests"] == record.load.requests
    assert read_hlog(request.folder / "latency.hlog").get_total_count() == record.load.requests
    rows = (request.folder / "series.csv").read_text().splitlines()[1:]
    assert sum(int(row.split(",")[1]) for row in rows) == record.load.requests
    assert none_left(str(tmp_path))


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity") or (os.cpu_count() or 1) < 2, reason="needs two CPUs to pin")
def test_server_and_generator_really_run_on_disjoint_cpus(cancer_model, tmp_path):
    before = os.sched_getaffinity(0)
    make_package("fastapi-compiled", cancer_model, tmp_path / "package")
    record = run_trial(trial_request(tmp_path / "package", cancer_model, tmp_path / "trials"), None)
    assert record.server.affinity == list(record.placement.server)
    assert record.generator.affinity == list(record.placement.generator)
    assert not set(record.server.affinity) & set(record.generator.affinity)
    assert os.sched_getaffinity(0) == before


def test_a_server_that_dies_under_load_is_a_result(fault, tmp_path):
    record = fault("dies")
    assert record.outcome == "server died"
    assert "code 3" in record.reason
    assert record.load.requests > 0
    assert sum(record.load.errors.values()) > 0
    assert none_left(str(tmp_path))


def test_wrong_answers_under_load_are_counted(fault):
    record = fault("wrong")
    assert record.outcome == "measured"
    assert record.load.errors["wrong_answer"] > 0


def test_answers_500_are_counted_and_not_part_of_the_throughput(fault):
    record = fault("error")
    assert record.load.errors["status_500"] > 0
    assert record.load.throughput_rps == pytest.approx(record.load.requests / record.load.window_s)


def test_timeouts_are_errors_of_their_kind(fault):
    record = fault("hangs", timeout_s=0.3, duration_s=2.0)
    assert record.load.errors["timeout"] > 0


def test_a_server_that_is_never_healthy_is_one_line_and_leaves_nothing(fault, tmp_path):
    with pytest.raises(ServebenchError, match="was not healthy within 1 s") as caught:
        fault("unhealthy", start_timeout_s=1.0)
    assert "\n" not in str(caught.value)
    assert not list((tmp_path / "trials").glob("**/result.json"))
    assert not list((tmp_path / "trials").glob("**/.*partial"))
    assert (tmp_path / "trials" / "failed" / "server.log").exists()
    assert none_left(str(tmp_path))


def test_a_server_that_ends_at_once_shows_its_last_words(fault):
    with pytest.raises(ServebenchError, match=r"ended with code 1 before it was healthy: no luck today"):
        fault("exits")


def test_a_server_that_answers_wrongly_before_the_load_is_an_error(fault):
    with pytest.raises(ServebenchError, match="golden input"):
        fault("always-wrong")


def test_a_forked_child_does_not_outlive_its_trial(fault, tmp_path):
    assert fault("child").outcome == "measured"
    assert none_left(str(tmp_path))


def test_a_system_that_was_not_built_is_not_measured(cancer_model, tmp_path):
    package = tmp_path / "package"
    package.mkdir()
    (package / "manifest.json").write_text('{"status": "unavailable", "reason": "no compiler", "remedy": "get one"}')
    request = trial_request(package, cancer_model, tmp_path / "trials")
    record = run_trial(request, None)
    assert (record.outcome, record.reason, record.remedy) == ("not measured", "no compiler", "get one")
    assert record.load is None
    assert (request.folder / "series.csv").read_text().splitlines() == ["second,requests,errors,slowest_ms"]


def test_a_stand_in_is_not_needed_where_its_system_is_there(cancer_model, tmp_path):
    package = make_fault_package("none", cancer_model, tmp_path / "beast")
    replaced = make_fault_package("none", cancer_model, tmp_path / "crow")
    request = replace(trial_request(package, cancer_model, tmp_path / "trials"), replaced=replaced)
    record = run_trial(request, None)
    assert (record.outcome, record.reason) == (Outcome.NOT_NEEDED, "stands in for crow, which is here")
    cells = write_and_read_cells(request, tmp_path)
    assert cells.empty
    (replaced / "manifest.json").write_text('{"status": "unavailable", "reason": "no network", "remedy": "connect"}')
    assert run_trial(request, None).outcome is Outcome.MEASURED
    assert len(write_and_read_cells(request, tmp_path)) == 1


def write_and_read_cells(request, tmp_path):
    write_tables([request.folder / "result.json"], tmp_path / "tables")
    return read_table(tmp_path / "tables", "cells")


def test_a_server_of_one_row_is_not_measured_with_several(fault):
    record = fault("none", load_point="users-2-rows-8")
    assert (record.outcome, record.reason) == ("not measured", "its server takes one row a request")
    assert "`rows: many` in servers/fastapi/server.yaml" in record.remedy


def test_too_many_cpus_are_not_measured(fault):
    record = fault("none", server_cores=100_000)
    assert record.outcome == "not measured"
    assert "needs 100000 CPUs" in record.reason


def test_a_trial_waits_for_the_machine_and_records_it(tmp_path, capfd):
    lock = tmp_path / "lock"
    with machine_lock("study a", lock) as waited:
        assert waited == 0.0
        code = (
            "import sys; from pathlib import Path; from servebench.trial.machine_lock import machine_lock\n"
            "with machine_lock('b', Path(sys.argv[1])) as waited: print('waited', waited > 0)"
        )
        other = subprocess.Popen(
            [sys.executable, "-c", code, str(lock)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        time.sleep(0.7)
        assert other.poll() is None
    output, _ = other.communicate(timeout=10)
    assert "study a" in output
    assert "waited True" in output


TRIAL = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[4])
from support.packages import trial_request
from servebench.trial.run import run_trial
run_trial(trial_request(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), duration_s=60.0), None)
"""


def test_sigkill_of_the_harness_leaves_no_server_and_no_result(cancer_model, tmp_path):
    package = make_fault_package("child", cancer_model, tmp_path / "package")
    tests = Path(__file__).parents[1]
    command = [sys.executable, "-c", TRIAL, package, cancer_model, tmp_path / "trials", tests]
    harness = subprocess.Popen([str(part) for part in command])
    deadline = time.monotonic() + 20
    while not list(tmp_path.glob("trials/.1.partial/server.log")) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1.5)
    harness.send_signal(signal.SIGKILL)
    harness.wait()
    assert none_left(str(tmp_path))
    assert not list(tmp_path.glob("trials/**/result.json"))
