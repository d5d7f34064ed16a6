"""A port that another process takes between its choice and the server's start."""

import threading
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from servebench.trial import server
from servebench.trial.port import MOST_PORTS, PortTaken, is_taken, listens
from servebench.trial.processes import ProcessGroups
from servebench.trial.run import run_trial
from servebench.trial.server import HOST, ServerLaunch, free_port, start_server
from servebench.words import Outcome
from support.packages import make_fault_package, trial_request


class Stranger(BaseHTTPRequestHandler):
    """Answers whatever is asked, as if it were the server."""

    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


@contextmanager
def stranger():
    """A process that has taken a port; yields it."""
    with ThreadingHTTPServer((HOST, 0), Stranger) as other:
        thread = threading.Thread(target=other.serve_forever)
        thread.start()
        yield other.server_address[1]
        other.shutdown()
        thread.join()


@pytest.fixture
def taken(monkeypatch):
    """Lets the first ports that are chosen be taken; returns them."""
    with ExitStack() as strangers:

        def take(count):
            ports = [strangers.enter_context(stranger()) for _ in range(count)]
            choices = iter(ports)
            monkeypatch.setattr(server, "free_port", lambda *_address: next(choices, None) or free_port())
            return ports

        yield take


@pytest.fixture
def launch(cancer_model, tmp_path):
    return ServerLaunch(make_fault_package("none", cancer_model, tmp_path / "package"), "workers", 1, None, 1, 20.0)


def test_a_server_whose_port_was_taken_starts_on_another_one(taken, launch, tmp_path):
    (port,) = taken(1)
    with ProcessGroups() as groups:
        started = start_server(groups, launch, tmp_path / "log")
        assert started.port != port
        assert started.health, "it is the server that answers, not the stranger"
        assert listens(started.process.pid, started.port)
        assert not listens(started.process.pid, port)


def test_ports_that_are_always_taken_are_one_line(taken, launch, tmp_path):
    ports = taken(MOST_PORTS)
    with ProcessGroups() as groups, pytest.raises(PortTaken, match=f"another process took port {ports[-1]} before it"):
        start_server(groups, launch, tmp_path / "log")


def test_a_trial_goes_on_at_another_port(taken, cancer_model, tmp_path):
    (port,) = taken(1)
    package = make_fault_package("none", cancer_model, tmp_path / "package")
    record = run_trial(trial_request(package, cancer_model, tmp_path / "trials", generator="native"), None)
    assert record.outcome is Outcome.MEASURED
    assert record.load.requests > 0
    assert str(port) not in record.server.command


def test_a_port_whose_connections_have_ended_is_free():
    with stranger() as port:
        assert is_taken(HOST, port)
    assert not is_taken(HOST, port)
