"""Servers that do wrong: each is seen, or refused in one line; the others are measured, and nothing is left of any."""

import shutil
from functools import partial

import pytest
import yaml
from servebench.analyse.tables import read_table, write_tables
from servebench.check import contract, parity
from servebench.check.connection import Connection
from servebench.check.system import check_system
from servebench.errors import ServebenchError
from servebench.trial import golden
from servebench.trial.ask import ask, connect
from servebench.trial.record import read_record
from servebench.trial.run import run_trial
from support.checkout import Checkout
from support.packages import FAULT_SERVER, make_fault_package, make_wire, trial_request
from support.processes import none_left
from support.servers import write_server

MODEL = "cancer-logistic"
# Each begins once more connections are open than the check makes.
UNDER_LOAD = [
    *("none", "silent", "slow", "garbage", "half", "endless", "wrong", "ten-percent", "closes", "leaks", "forks"),
    *("stubborn", "daemon-beside", "dies"),
]
WINDOW_S = 1.0


def prepare(checkout):
    """A server's folder with a system a fault, and a study of all of them."""
    root = checkout.folder
    model = root / "results/faulty/models" / MODEL
    start = (
        f"{{python}} {{package}}/fault_server.py --host {{host}} --port {{port}} --workers {{workers}} --model {model}"
    )
    write_server(
        root / "servers/faulty",
        language="Python",
        framework="http.server",
        inference=["sklearn"],
        start=f"{start} --from-connections 4",
        contract="minimal",
    )
    shutil.copy(FAULT_SERVER, root / "servers/faulty/fault_server.py")
    system = {"server": "faulty", "inference": "sklearn", "workers": 1}
    study = {
        **{"study": "faulty", "models": [MODEL], "systems": UNDER_LOAD, "users": [6], "rates": [], "also": []},
        **{"repeats": 1, "warmup_s": 0.3, "duration_s": WINDOW_S, "timeout_s": 1.0},
        "system_catalogue": {fault: {**system, "environment": {"FAULT": fault}} for fault in UNDER_LOAD},
    }
    (root / "config/faulty.yaml").write_text(yaml.safe_dump(study))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The records of a study of all of them, what it said, and its checkout."""
    checkout = Checkout(tmp_path_factory.mktemp("faults") / "checkout")
    prepare(checkout)
    # Trials alone: their calibration is tried elsewhere.
    targets = [f"results/faulty/trials/{MODEL}/{fault}/native/users-6/1/result.json" for fault in UNDER_LOAD]
    done = checkout.snakemake("--cores", "2", "--configfile", "config/faulty.yaml", "--", *targets)
    assert "Traceback" not in done.stdout
    found = {fault: checkout.folder / target for fault, target in zip(UNDER_LOAD, targets, strict=True)}
    return {fault: read_record(path) for fault, path in found.items() if path.exists()}, done, checkout


def test_each_server_has_its_record_and_nothing_is_left(made):
    records, done, checkout = made
    assert done.returncode == 0, done.stdout
    assert set(records) == set(UNDER_LOAD)
    assert none_left(str(checkout.folder))


def test_the_good_one_is_measured_as_if_it_were_alone(made):
    record = made[0]["none"]
    assert record.outcome == "measured"
    assert record.load.errors == {}
    assert record.load.requests > 100


@pytest.mark.parametrize(
    ("fault", "kinds"),
    [
        ("silent", {"timeout"}),
        ("garbage", {"not_http", "reset"}),
        ("half", {"closed", "reset"}),
        ("endless", {"timeout", "not_http"}),
        ("wrong", {"wrong_answer"}),
        ("ten-percent", {"status_500"}),
        ("dies", {"closed", "refused", "reset"}),
    ],
)
def test_what_is_no_good_answer_is_an_error_of_its_kind(made, fault, kinds):
    record = made[0][fault]
    assert record.load.errors
    assert set(record.load.errors) <= kinds
    assert record.outcome == ("server died" if fault == "dies" else "measured")


def test_a_tenth_of_500s_is_told_as_a_tenth(made):
    load = made[0]["ten-percent"].load
    assert sum(load.errors.values()) / (load.requests + sum(load.errors.values())) == pytest.approx(0.1, abs=0.02)


def test_a_slow_server_is_slow_and_no_error(made):
    load = made[0]["slow"].load
    assert load.errors == {}
    assert load.latency_min_ms > 300


def test_a_connection_an_answer_is_counted(made):
    load = made[0]["closes"].load
    assert load.errors == {}
    assert load.reconnects == pytest.approx(load.requests, rel=0.2)


def test_a_leak_and_a_crowd_of_children_are_metered(made):
    leaking, forking = made[0]["leaks"].server, made[0]["forks"].server
    assert leaking.uss_last_mib - leaking.uss_first_mib == pytest.approx(50 * WINDOW_S, rel=0.5)
    assert forking.processes_peak > 10


def test_the_tables_say_of_each_what_it_was(made):
    _, _, checkout = made
    results = sorted((checkout.folder / "results/faulty/trials").glob("*/*/*/*/*/result.json"))
    write_tables(results, checkout.folder / "tables")
    cells = read_table(checkout.folder / "tables", "cells").set_index("system").fillna({"flags": ""})
    for fault in ("silent", "garbage", "half", "endless", "wrong", "ten-percent"):
        assert "errors" in cells.loc[fault, "flags"], fault
        assert cells.loc[fault, "verdict"] != "capacity", fault
    assert cells.loc["none", "errors_total"] == 0
    assert "the server's own memory grew from" in cells.loc["leaks", "flags"]
    assert "memory grew" not in cells.loc["none", "flags"]


@pytest.fixture
def impatient(monkeypatch):
    """A check that waits a moment where it would wait ten seconds."""
    monkeypatch.setattr(contract, "Connection", partial(Connection, timeout_s=0.5))
    monkeypatch.setattr(parity, "connect", partial(connect, timeout_s=0.5))
    monkeypatch.setattr(golden, "ask", partial(ask, timeout_s=0.5))


@pytest.fixture
def checked(cancer_model, tmp_path):
    """Check a server with a fault; nothing of it may be left."""

    def check(fault, start_timeout_s=20.0):
        package = make_fault_package(fault, cancer_model, tmp_path / "package")
        log = tmp_path / "check.log"
        try:
            return check_system(
                package, cancer_model, start_timeout_s, True, tmp_path / "check.json", log, make_wire(cancer_model)
            )
        finally:
            assert none_left(str(tmp_path))
            assert none_left(str(FAULT_SERVER))

    return check


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("always-silent", "its server accepts and does not answer"),
        ("always-garbage", "no status line"),
        ("always-half", "the connection was closed after"),
        ("always-endless", "an answer without an end"),
        ("always-wrong", "check of fault failed"),
        ("daemon", r"ended with code 0 before it was healthy: .*start it in the foreground"),
    ],
)
def test_a_check_refuses_what_is_wrong_at_once(impatient, checked, fault, words):
    with pytest.raises(ServebenchError, match=words):
        checked(fault)


@pytest.mark.parametrize("fault", ["dead", "drips", "unhealthy"])
def test_a_server_that_is_never_healthy_is_given_up_in_time(checked, fault):
    with pytest.raises(ServebenchError, match="was not healthy within 3 s"):
        checked(fault, start_timeout_s=3.0)


@pytest.mark.parametrize("fault", ["always-silent", "always-garbage", "always-half", "always-endless"])
def test_no_answer_before_the_load_is_one_line(impatient, cancer_model, tmp_path, fault):
    package = make_fault_package(fault, cancer_model, tmp_path / "package")
    with pytest.raises(ServebenchError, match="passed its check but now gives no answer") as caught:
        run_trial(trial_request(package, cancer_model, tmp_path / "trials", generator="native"), None)
    assert "\n" not in str(caught.value)
    assert none_left(str(tmp_path))
    assert not list((tmp_path / "trials").glob("**/result.json"))
