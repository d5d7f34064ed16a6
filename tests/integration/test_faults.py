"""Each rule of the verdicts and flags, proven by a fault that is injected into real trials."""

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest
from servebench.analyse.tables import read_table, write_tables
from servebench.machine import place, read_topology
from servebench.trial.run import recorded_fault, run_trial
from servebench.trial.server import ask_health
from servebench.words import VerdictWord
from support.packages import default_config, make_fault_package, make_package, trial_request
from support.quiet import undisturbed
from support.toolchain import HAS_COMPILER

pytestmark = [
    pytest.mark.skipif(not HAS_COMPILER, reason="no C++ compiler on this machine"),
    pytest.mark.skipif(not hasattr(os, "sched_setaffinity") or (os.cpu_count() or 1) < 2, reason="needs two CPUs"),
]
BURN = "while True: pass"


def never_again(_raw):
    """A fault that is injected once would be gone from a window that is made again."""


def measure_cell(request, inject=None, fault_of=recorded_fault):
    """Make a trial with the fault injected beside it; returns its row of the cells and of the trials."""
    ended = threading.Event()
    injector = threading.Thread(target=inject, args=(str(request.folder.parent), ended)) if inject else None
    if injector:
        injector.start()
    try:
        run_trial(request, None, fault_of)
    finally:
        ended.set()
        if injector:
            injector.join()
    tables = request.folder.parent / "tables"
    write_tables([request.folder / "result.json"], tables)
    return read_table(tables, "cells").iloc[0], read_table(tables, "trials")


def measure_quiet_cell(request):
    """The same of a cell that nothing disturbs, which is made anew where something did."""

    def make(attempt):
        folder = request.folder.parent / str(attempt) / request.folder.name
        return measure_cell(dataclasses.replace(request, folder=folder))

    def disturbance(made):
        cell, _ = made
        is_disturbed = cell["verdict"] in (VerdictWord.DISTURBED, VerdictWord.GENERATOR_LATE)
        return cell["verdict_reason"] if is_disturbed else None

    return undisturbed(make, disturbance)


def processes_of(words):
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or [])
        if all(word in line for word in words):
            found.append(process)
    return found


def await_process(ended, *words):
    while not ended.is_set():
        found = processes_of(words)
        if found:
            return found[0]
        time.sleep(0.02)
    return None


def burn_beside(side):
    """Take CPU from the server or from the generator while a trial runs."""

    def inject(_folder, ended):
        cpus = getattr(place(read_topology(), None, False, True), side)
        burner = subprocess.Popen([sys.executable, "-c", BURN])
        os.sched_setaffinity(burner.pid, cpus)
        ended.wait()
        burner.kill()
        burner.wait()

    return inject


def throttle(stopped_s, running_s):
    """Let the generator run only a part of the time, also where its window is made again."""

    def inject(folder, ended):
        while (generator := await_process(ended, "loadgen", folder)) is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                while not ended.is_set():
                    generator.send_signal(signal.SIGSTOP)
                    time.sleep(stopped_s)
                    generator.send_signal(signal.SIGCONT)
                    time.sleep(running_s)

    return inject


@pytest.fixture(scope="module")
def beast(cancer_model, tmp_path_factory):
    package = tmp_path_factory.mktemp("beast") / "package"
    manifest = make_package("beast", cancer_model, package)
    if manifest["status"] != "built":
        pytest.skip(manifest["reason"])
    return package


def with_system(request, definition):
    return dataclasses.replace(request, settings=request.settings.model_copy(update={"system": definition}))


def request_of(package, model, tmp_path, system="fastapi-compiled", generator="native", **changes):
    request = trial_request(package, model, tmp_path / "trials", generator=generator, **{"duration_s": 2.0, **changes})
    return with_system(request, default_config().system_catalogue[system])


def fault_request(fault, model, tmp_path, **changes):
    return request_of(make_fault_package(fault, model, tmp_path / "package"), model, tmp_path, **changes)


def test_a_saturated_server_is_a_capacity_when_nothing_disturbs_it(cancer_model, tmp_path):
    make_package("fastapi-compiled", cancer_model, tmp_path / "package")
    cell, _ = measure_quiet_cell(request_of(tmp_path / "package", cancer_model, tmp_path, users=16))
    assert cell["verdict"] == "capacity", cell["verdict_reason"]
    assert not cell["throughput_is_lower_bound"]


def test_a_generator_at_its_limit_makes_a_lower_bound(beast, cancer_model, tmp_path):
    request = request_of(beast, cancer_model, tmp_path, "beast", "locust", users=16)
    cell, _ = measure_quiet_cell(request)
    assert cell["verdict"] == "generator-bound", cell["verdict_reason"]
    assert cell["throughput_is_lower_bound"]


def test_a_throttled_generator_is_seen_by_the_gaps_in_its_loop(beast, cancer_model, tmp_path):
    request = request_of(beast, cancer_model, tmp_path, "beast", users=16)
    cell, _ = measure_cell(request, inject=throttle(0.05, 0.03))
    assert cell["verdict"] == "disturbed", cell["verdict_reason"]
    assert cell["throughput_is_lower_bound"]


def test_a_throttled_generator_is_late_in_an_open_loop(beast, cancer_model, tmp_path):
    request = request_of(beast, cancer_model, tmp_path, "beast", rate=500)
    cell, _ = measure_cell(request, inject=throttle(0.05, 0.1))
    assert cell["verdict"] == "generator late"


def test_cpu_taken_beside_the_generator_is_not_the_servers_limit(beast, cancer_model, tmp_path):
    request = request_of(beast, cancer_model, tmp_path, "beast", users=16)
    cell, _ = measure_cell(request, inject=burn_beside("generator"))
    assert cell["verdict"] == "disturbed", cell["verdict_reason"]
    assert "other processes used" in cell["flags"]


def test_cpu_taken_beside_the_server_is_not_its_capacity(cancer_model, tmp_path):
    make_package("fastapi-compiled", cancer_model, tmp_path / "package")
    request = request_of(tmp_path / "package", cancer_model, tmp_path, users=16)
    cell, _ = measure_cell(request, inject=burn_beside("server"))
    assert cell["verdict"] == "disturbed", cell["verdict_reason"]
    assert "other processes used" in cell["flags"]


def test_users_that_think_measure_no_capacity(cancer_model, tmp_path):
    request = fault_request("none", cancer_model, tmp_path, users=16, think_time_s=0.2)
    cell, _ = measure_quiet_cell(request)
    assert cell["verdict"] == "below capacity"
    assert "users think for 0.2 s" in cell["verdict_reason"]


def test_thinking_that_nobody_declared_breaks_littles_law(cancer_model, tmp_path):
    request = fault_request("none", cancer_model, tmp_path, users=4, think_time_s=0.02)
    measure_cell(request)
    result = request.folder / "result.json"
    record = json.loads(result.read_text())
    record["settings"]["think_time_s"] = 0.0
    result.write_text(json.dumps(record))
    # An edit by hand would be refused.
    (request.folder / "SHA256SUMS").unlink()
    write_tables([result], tmp_path / "tables")
    assert "Little's law is off by" in read_table(tmp_path / "tables", "cells").iloc[0]["flags"]


def test_a_server_that_slows_down_shows_a_trend(cancer_model, tmp_path):
    _, trials = measure_cell(fault_request("drifts", cancer_model, tmp_path, users=4, duration_s=4.0))
    assert (trials["throughput_trend"] < -0.05).all()


def test_a_killed_worker_shows_as_errors(cancer_model, tmp_path):
    make_package("fastapi-compiled", cancer_model, tmp_path / "package")
    request = request_of(tmp_path / "package", cancer_model, tmp_path, users=8, warmup_s=1.0, duration_s=3.0)
    request = with_system(request, request.settings.system.model_copy(update={"workers": 2}))

    def kill(_folder, ended):
        main = await_process(ended, "main.py", "--workers 2")
        port = int(main.cmdline()[main.cmdline().index("--port") + 1])
        while ask_health(port) is None and not ended.is_set():
            time.sleep(0.05)
        # Past the warm-up, inside the window.
        time.sleep(2.0)
        workers = [child for child in main.children() if "spawn_main" in " ".join(child.cmdline())]
        # One of them may have no connection at all.
        max(workers, key=lambda worker: len(worker.net_connections())).kill()

    cell, _ = measure_cell(request, inject=kill, fault_of=never_again)
    assert "errors" in cell["flags"]
    assert cell["errors_total"] > 0


def test_a_server_of_wrong_answers_holds_no_rate(cancer_model, tmp_path):
    cell, _ = measure_quiet_cell(fault_request("wrong", cancer_model, tmp_path, rate=100))
    assert cell["verdict"] == "overload", cell["verdict_reason"]
    assert "of the answers were errors" in cell["verdict_reason"]


@pytest.mark.parametrize("fault", ["wrong", "one-percent"])
def test_errors_under_load_are_flagged(cancer_model, tmp_path, fault):
    cell, trials = measure_cell(fault_request(fault, cancer_model, tmp_path, users=4))
    assert "errors" in cell["flags"]
    kinds = set(json.loads(trials.iloc[0]["errors"]))
    assert kinds == ({"wrong_answer"} if fault == "wrong" else {"status_500"})
    if fault == "one-percent":
        assert cell["error_rate"] == pytest.approx(0.01, abs=0.005)


def test_a_stall_shows_in_an_open_loop(cancer_model, tmp_path):
    request = fault_request("none", cancer_model, tmp_path, rate=100, duration_s=3.0)

    def stall(folder, ended):
        server = await_process(ended, "fault_server.py", str(cancer_model))
        await_process(ended, "loadgen", folder)
        # Past the greeting and the warm-up, well inside the window.
        time.sleep(1.8)
        server.send_signal(signal.SIGSTOP)
        time.sleep(1.0)
        server.send_signal(signal.SIGCONT)

    _, trials = measure_cell(request, inject=stall, fault_of=never_again)
    # A third of the requests were to start in the second that nobody answered.
    assert trials.iloc[0]["latency_p90_ms"] > 400
    assert trials.iloc[0]["latency_max_ms"] > 900
