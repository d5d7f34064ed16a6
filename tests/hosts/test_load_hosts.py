"""Load from other hosts, as network namespaces: a trial is one, wherever its load comes from; delay and loss show."""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from scipy.stats import binomtest
from servebench.address import Address
from servebench.calibrate.drive import BuiltGenerator, constant_wire
from servebench.calibrate.load_hosts import calibrate_hosts
from servebench.calibrate.servers import NULL_SERVER, build_program, start_program
from servebench.errors import ServebenchError
from servebench.generator.build import build_generator
from servebench.histogram import histogram_of, percentiles_ms, read_hlog
from servebench.load_hosts.host import held_hosts
from servebench.load_point import ClosedLoop, OpenLoop
from servebench.paths import CACHE, HASHES
from servebench.trial.generator_processes import start_load
from servebench.trial.load_shares import Load
from servebench.trial.processes import ProcessGroups
from servebench.trial.run import run_trial
from servebench.trial.server import free_port
from support.namespaces import SERVER, ip
from support.packages import default_config, make_package, trial_request
from support.processes import none_left

RELAY = Path(__file__).parents[1] / "support" / "relay.py"
GENERATOR = "native-asleep"
ONE_WAY_MS = 25.0
LOSS = 0.05


@pytest.fixture
def request_of(cancer_model, tmp_path):
    """A trial of a C++ server under load from hosts."""

    def make(hosts, **changes):
        make_package("beast", cancer_model, tmp_path / "package")
        folder = tmp_path / "trials"
        changes = {"system": "beast", "generator": GENERATOR, **hosts.config, **changes}
        return trial_request(tmp_path / "package", cancer_model, folder, **changes)

    return make


@pytest.mark.parametrize("hosts", [1], indirect=True)
def test_a_trial_from_another_host_is_a_normal_record(request_of, hosts):
    request = request_of(hosts)
    record = run_trial(request, None, most_retries=0)
    assert (record.outcome, record.load.errors) == ("measured", {})
    assert record.load.requests > 50
    assert record.load.connections == record.load.connections_greeted == 2
    assert record.server.cpu_us_per_request > 0
    assert record.server.listen_queue_last is not None
    [host] = record.generator.hosts
    assert (host.host, host.requests, host.processes) == (hosts.names[0], record.load.requests, 1)
    assert 0 < record.generator.clock_error_ms < 50
    assert record.generator.clock_error_ms == host.round_trip_ms / 2
    assert (host.link.startswith("st"), host.link_mbps > 0) == (True, True)
    files = {path.name for path in request.folder.iterdir()}
    logs = {"server.log", "generator.log"}
    assert files == {"result.json", "latency.hlog", "series.csv", "resources.csv", HASHES, *logs}
    assert read_hlog(request.folder / "latency.hlog").get_total_count() == record.load.requests
    assert hosts.processes(hosts.names[0]) == []


def test_users_and_rate_are_shared_out_and_merged_exactly(request_of, hosts):
    closed = run_trial(request_of(hosts, users=5), None, most_retries=0)
    assert [host.connections for host in closed.generator.hosts] == [3, 2]
    assert sum(host.requests for host in closed.generator.hosts) == closed.load.requests
    assert closed.generator.busiest_host in hosts.names


def test_a_rate_from_two_hosts_is_the_rate(request_of, hosts):
    record = run_trial(request_of(hosts, rate=200), None, most_retries=0)
    assert record.load.scheduled == pytest.approx(200, abs=2)
    assert record.load.scheduled == record.load.requests + record.load.in_flight + record.load.unsent
    assert [host.requests for host in record.generator.hosts] == pytest.approx([100, 100], abs=2)


@pytest.fixture
def drive(cancer_model, tmp_path):
    """Load the null server from hosts, by the server's own address or another one of this host."""
    generator = default_config().generator_catalogue[GENERATOR]
    build_generator(GENERATOR, generator, tmp_path / "generator", CACHE)
    wire = constant_wire(cancer_model / "payloads.jsonl", tmp_path / "wire")
    executable = build_program(NULL_SERVER, tmp_path, CACHE)

    @contextmanager
    def through(delay_ms, loss):
        with ProcessGroups() as groups:
            server = start_program(groups, executable, None, host=SERVER)
            yield groups, server.address if delay_ms is None else relayed(groups, server.port, delay_ms, loss)

    def run(hosts, point, delay_ms=None, loss=0.0):
        with through(delay_ms, loss) as (groups, address), held_hosts(hosts.network, "test") as held:
            load = Load(generator, tmp_path / "generator", wire, point, None, 1, True, 1, 0.3, 2.0, 10.0)
            started = start_load(groups, load, address, tmp_path / "load", tmp_path / "log", held)
            started.await_ready()
            return started.measure(lambda _: None)

    return run


def relayed(groups, server_port, delay_ms, loss):
    """The address of a relay in front of the null server."""
    port = free_port(SERVER)
    command = [sys.executable, str(RELAY), str(port), SERVER, str(server_port), str(delay_ms), str(loss), "1"]
    process = groups.start(command, None, dict(os.environ), sys.stderr.buffer, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"ready\n"
    return Address(SERVER, port)


def p50_ms(measurement):
    return percentiles_ms(histogram_of(measurement.counted.latencies_ns), [50.0], None)[0]


def delay_packets(name, delay_ms):
    """Delay what leaves a namespace, by the kernel's netem; False where it has none."""
    [interface] = [entry for entry in hosts_interfaces(name) if entry != "lo"]
    words = ["tc", "-netns", name, "qdisc", "add", "dev", interface, "root", "netem", "delay", f"{delay_ms}ms"]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def hosts_interfaces(name):
    """The names of a namespace's interfaces."""
    return [line.split(": ")[1].partition("@")[0] for line in ip("-netns", name, "-o", "link").splitlines()]


@pytest.mark.parametrize("hosts", [1], indirect=True)
def test_a_latency_rises_by_the_round_trip_of_the_kernels_own_delay(drive, hosts):
    before = drive(hosts, ClosedLoop(4))
    if not delay_packets(hosts.names[0], 2 * ONE_WAY_MS):
        pytest.skip("this kernel has no netem")
    after = drive(hosts, ClosedLoop(4))
    assert p50_ms(after) - p50_ms(before) == pytest.approx(2 * ONE_WAY_MS, rel=0.1)
    assert after.hosts[0].clock.round_trip_ns < 10_000_000, "the agent's pipes do not go over the link"


def test_a_latency_rises_by_the_round_trip_of_a_relay(drive, hosts):
    before, after = drive(hosts, ClosedLoop(4)), drive(hosts, ClosedLoop(4), ONE_WAY_MS)
    assert before.counted.errors == after.counted.errors == {}
    assert p50_ms(after) - p50_ms(before) == pytest.approx(2 * ONE_WAY_MS, rel=0.1)


def test_requests_that_are_lost_are_as_many_as_the_law_says(drive, hosts):
    counted = drive(hosts, OpenLoop(400), 1.0, LOSS).counted
    lost = sum(counted.errors.values())
    interval = binomtest(lost, lost + counted.requests).proportion_ci(0.999, "exact")
    assert interval.low <= LOSS <= interval.high
    assert lost + counted.requests > 700


@pytest.mark.parametrize("hosts", [1], indirect=True)
def test_each_host_is_calibrated_over_the_network(cancer_model, tmp_path, hosts):
    generator = default_config().generator_catalogue[GENERATOR]
    build_generator(GENERATOR, generator, tmp_path / "generator", CACHE)
    built = BuiltGenerator(GENERATOR, generator, tmp_path / "generator")
    found = calibrate_hosts(built, hosts.network, cancer_model / "payloads.jsonl", 16, CACHE)
    [parts] = found.values()
    assert parts["ceiling"]["throughput_rps"] > 1000
    assert parts["stall"]["passed"]
    # After 5 ms of the server, what network and generator add is well below.
    assert 0 < parts["added_ms"]["p50_ms"] < 5


def test_an_agent_that_is_killed_is_one_line_and_leaves_nothing(request_of, hosts, tmp_path):
    request = request_of(hosts, duration_s=3.0)
    killer = subprocess.Popen(
        [sys.executable, "-c", KILL_AGENT, hosts.names[1], "loadgen"], env={**os.environ, "PYTHONUNBUFFERED": "1"}
    )
    try:
        with pytest.raises(ServebenchError, match=f"load host {hosts.names[1]}: its agent ended") as caught:
            run_trial(request, None, most_retries=0)
    finally:
        killer.kill()
        killer.wait()
    assert "\n" not in str(caught.value)
    assert none_left(str(tmp_path))
    assert [hosts.processes(name) for name in hosts.names] == [[], []]


# Waits until a generator runs in a namespace, then kills the agent there.
KILL_AGENT = """
import os, subprocess, sys, time
from pathlib import Path
name, generator = sys.argv[1:]
while True:
    pids = subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True).stdout.split()
    lines = {}
    for pid in pids:
        try:
            lines[pid] = Path(f"/proc/{pid}/cmdline").read_text()
        except OSError:
            pass
    if any(generator in line and "load_hosts.agent" not in line for line in lines.values()):
        time.sleep(0.3)
        for pid, line in lines.items():
            if "load_hosts.agent" in line:
                os.kill(int(pid), 9)
        break
    time.sleep(0.05)
"""
