"""The agent of a load host, here by `env` where another host would have ssh: what it says, holds and leaves."""

import json
import subprocess
import time
from dataclasses import replace

import pytest
from servebench.errors import ServebenchError
from servebench.generator.build import build_generator
from servebench.load_hosts.agent import OWN_LOCK
from servebench.load_hosts.agent_process import agent_command
from servebench.load_hosts.host import held_hosts
from servebench.load_hosts.link import interface_of, interface_towards
from servebench.load_hosts.network import LoadNetwork
from servebench.load_hosts.protocol import Ask, to_line
from servebench.load_point import ClosedLoop
from servebench.paths import CACHE
from servebench.trial.generator_processes import start_load
from servebench.trial.load_shares import Load
from servebench.trial.machine_lock import machine_lock
from servebench.trial.processes import ProcessGroups
from servebench.trial.server import ServerLaunch, start_server
from support.packages import default_config, make_fault_package, make_wire
from support.processes import none_left, processes_with


@pytest.fixture
def network(tmp_path):
    """Two hosts that are this one, each with a folder for its machine lock."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    folder = f"{tmp_path}/{{host}}"
    return LoadNetwork(["a", "b"], ["env", f"TMPDIR={folder}", f"{OWN_LOCK}={folder}/machine.lock"])


@pytest.fixture
def load(cancer_model, tmp_path):
    generator = default_config().generator_catalogue["native-asleep"]
    build_generator("native-asleep", generator, tmp_path / "generator", CACHE)
    wire = make_wire(cancer_model)
    return Load(generator, tmp_path / "generator", wire, ClosedLoop(4), None, 1, True, 1, 0.2, 1.0, 5.0)


@pytest.fixture
def server(cancer_model, tmp_path):
    package = make_fault_package("none", cancer_model, tmp_path / "package")
    with ProcessGroups() as groups:
        launch = ServerLaunch(package, "workers", 1, None, 1, 60.0)
        yield start_server(groups, launch, tmp_path / "server.log")


def start(hosts, load, address, tmp_path):
    return start_load(None, load, address, tmp_path / "load", tmp_path / "log", hosts)


def test_several_loads_follow_each_other_by_the_same_agents(network, load, server, tmp_path):
    with held_hosts(network, "test") as hosts:
        for _ in range(2):
            started = start(hosts, load, server.address, tmp_path)
            started.await_ready()
            measured = started.measure(lambda _: None)
            assert measured.counted.requests == sum(r.requests for host in measured.hosts for r in host.results) > 50
            assert measured.counted.connections_greeted == 4
    assert none_left(str(tmp_path / "a"))


def test_an_agent_ends_with_its_input_whatever_runs(network, load, server, tmp_path):
    with held_hosts(network, "test") as hosts:
        started = start(hosts, replace(load, duration_s=60.0), server.address, tmp_path)
        started.await_ready()
        started.processes.begin_greeting()
        started.processes.end_greeting()
        started.processes.release(time.monotonic_ns() + 500_000_000)
        assert processes_with("servebench-agent-")
    assert none_left("servebench-agent-")
    assert not list(tmp_path.glob("*/servebench-agent-*"))


def test_a_host_is_held_until_its_agent_ends(network, tmp_path):
    lock = tmp_path / "a" / "machine.lock"
    with held_hosts(network, "a trial"):
        assert "load of a trial" in lock.read_text()
        with pytest.raises(ServebenchError, match="waited 0 s for the machine: load of a trial"):
            machine_lock("another", lock, patience_s=0.0).__enter__()
    with machine_lock("another", lock, patience_s=0.0):
        pass


def test_the_servers_own_host_is_no_load_host(tmp_path):
    lock = tmp_path / "machine.lock"
    network = LoadNetwork(["self"], ["env", f"{OWN_LOCK}={lock}", "HOST={host}"])
    with machine_lock("a trial", lock), pytest.raises(ServebenchError, match="load host self: it is the server's own"):
        held_hosts(network, "a trial").__enter__()


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["no-such-program", "{host}"], "load host a: no-such-program cannot be started"),
        (["sh", "-c", "echo welcome", "{host}"], "load host a says 'welcome' where its agent should answer"),
        (["sh", "-c", "echo unreachable >&2; exit 255", "{host}"], r"its agent ended \(unreachable\)"),
    ],
)
def test_a_host_that_has_no_agent_is_one_line(command, words):
    with pytest.raises(ServebenchError, match=words) as caught:
        held_hosts(LoadNetwork(["a"], command), "test").__enter__()
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_not_on_the_host_is_one_line(network, load, server, tmp_path):
    load = replace(load, generator_folder=tmp_path / "nowhere")
    with held_hosts(network, "test") as hosts, pytest.raises(ServebenchError, match="nowhere is not there: give"):
        start(hosts, load, server.address, tmp_path).await_ready()


@pytest.mark.parametrize("said", ["garbage", '{"ask": "ping"}', '{"ask": "dance"}'])
def test_an_agent_that_is_asked_nonsense_says_so(said, tmp_path):
    command = agent_command(["env", f"{OWN_LOCK}={tmp_path}/machine.lock", "HOST={host}"], "a")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as agent:
        agent.stdin.write(f"{said}\n".encode())
        agent.stdin.flush()
        assert "was asked" in json.loads(agent.stdout.readline())["error"]
        assert agent.wait() == 1
        assert agent.stderr.read() == b""


def test_a_start_that_comes_too_late_is_refused(network, load, server, tmp_path):
    with held_hosts(network, "test") as hosts:
        started = start(hosts, load, server.address, tmp_path)
        started.await_ready()
        started.processes.begin_greeting()
        started.processes.end_greeting()
        started.processes.release(time.monotonic_ns() - 1)
        with pytest.raises(ServebenchError, match="its start came too late"):
            started.processes.collect(time.monotonic() + 5)


def test_what_is_asked_is_a_line_of_json():
    assert json.loads(to_line({"ask": Ask.PING})) == {"ask": "ping"}


def test_the_way_to_an_address_is_an_interface_of_this_host():
    assert interface_towards("127.0.0.1", 9) == interface_of("127.0.0.1")


def test_a_load_that_is_given_up_is_ended_by_the_next(network, load, server, tmp_path):
    with held_hosts(network, "test") as hosts:
        start(hosts, load, server.address, tmp_path)
        started = start(hosts, load, server.address, tmp_path)
        started.await_ready()
        assert len(processes_with("servebench-agent-")) == len(hosts)
        assert started.measure(lambda _: None).counted.requests > 50
