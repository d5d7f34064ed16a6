"""How a server starts, ends and lives with too little: one line, an exit code, no hang."""

import resource
import socket
import subprocess
import threading
import time

import pytest
from servebench.trial.processes import ProcessGroups
from servebench.trial.server import HOST, ask_health, free_port, request, start_server
from support.descriptors import cpu_share
from support.servers import CPP_IN_EVERY_SUITE, FULL, SYSTEMS, built, deviates, launch, parallelism_option

HEAD = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n"
UNFINISHED = (b"", HEAD[:30], HEAD + b"\r\n", HEAD + b'\r\n{"features":')
# The contract allows 2 s; the machine of the tests may be busy.
END_PATIENCE_S = 5.0
FEW_DESCRIPTORS = 32
SPIN_CPU_SHARE = 0.5


def ask_until(stop: threading.Event, port: int) -> None:
    """Load, until it is told to stop or nobody answers any more."""
    while not stop.is_set():
        try:
            request(port, "GET", "/healthz", timeout_s=1.0)
        except OSError:
            return


@pytest.mark.parametrize("system", FULL)
@pytest.mark.parametrize("parallelism", [1, 2])
def test_sigterm_ends_a_server_whatever_its_clients_do(system, parallelism, cancer_model, tmp_path):
    package = built(system, cancer_model, tmp_path / "package")
    stop = threading.Event()
    with ProcessGroups() as groups:
        server = start_server(groups, launch(package, parallelism), tmp_path / "log")
        load = threading.Thread(target=ask_until, args=(stop, server.port))
        load.start()
        clients = [socket.create_connection((HOST, server.port)) for _ in UNFINISHED]
        for client, data in zip(clients, UNFINISHED, strict=True):
            client.sendall(data)
        time.sleep(0.2)
        server.process.terminate()
        try:
            assert server.process.wait(END_PATIENCE_S) == 0
        finally:
            stop.set()
            load.join()
            for client in clients:
                client.close()


@pytest.mark.parametrize("system", FULL)
def test_a_server_without_descriptors_waits_and_answers_again(system, cancer_model, tmp_path):
    package = built(system, cancer_model, tmp_path / "package")
    with ProcessGroups() as groups:
        server = start_server(groups, launch(package), tmp_path / "log")
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (FEW_DESCRIPTORS, FEW_DESCRIPTORS))
        clients = [socket.create_connection((HOST, server.port)) for _ in range(2 * FEW_DESCRIPTORS)]
        time.sleep(0.3)
        share = cpu_share([server.process.pid], 1.0)
        for client in clients:
            client.close()
        assert answers_again(server.port)
    assert share < SPIN_CPU_SHARE or deviates(package, "Without free descriptors")


def answers_again(port: int) -> bool:
    """Whether the server is healthy before long; a first connection may still meet the lack."""
    deadline_s = time.monotonic() + END_PATIENCE_S
    while time.monotonic() < deadline_s:
        if ask_health(port) is not None:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("system", CPP_IN_EVERY_SUITE)
def test_threads_that_cannot_start_are_one_line(system, cancer_model, tmp_path):
    package = built(system, cancer_model, tmp_path / "package")
    # Too little address space for the stacks of so many threads, also for root.
    command = 'ulimit -v 400000 && exec "$0" "$@"'
    done = subprocess.run(
        ["sh", "-c", command, str(package / "run"), "--port", str(free_port()), "--threads", "64"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert "choose fewer with --threads" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("value", ["port 99999", "port -1", "parallelism 65535", "parallelism 0"])
def test_a_number_out_of_bounds_is_one_line(system, value, cancer_model, tmp_path):
    package = built(system, cancer_model, tmp_path / "package")
    name, number = value.split()
    option = "--port" if name == "port" else f"--{parallelism_option(package)}"
    done = subprocess.run(
        [str(package / "run"), option, number], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode != 0
    assert number in done.stderr
    assert option in done.stderr
    assert len(done.stderr.splitlines()) == 1
