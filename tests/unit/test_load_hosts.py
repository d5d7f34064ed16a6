"""Load from other hosts: clocks, links, shares, and what a config may say of them."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servebench.address import Address
from servebench.config import SSH
from servebench.errors import ServebenchError
from servebench.files import write_json
from servebench.generator.protocol import LoadSpecification
from servebench.load_hosts import agent_process
from servebench.load_hosts.agent_process import agent_command
from servebench.load_hosts.clock import HostClock, Ping
from servebench.load_hosts.link import LinkReading, interface_of, read_link, use_between
from servebench.load_hosts.network import LoadNetwork
from servebench.load_hosts.protocol import LoadOrder
from servebench.load_point import ClosedLoop, OpenLoop
from servebench.protocol.description import SERVEBENCH, load_protocol
from servebench.protocol.wire import wire_facts, write_wire
from servebench.trial.key import TrialKey
from servebench.trial.load_shares import HostSeat, Load, share_out
from servebench.trial.settings import TrialSettings
from servebench.words import GeneratorKind
from support.packages import default_config

KEY = TrialKey(model="digits-boosting", system="crow", generator="native", load_point="users-64", repeat=1)
HOSTS = {"load_hosts": ["a", "b"], "server_address": "198.18.0.1"}


@given(
    st.integers(-(10**15), 10**15),
    st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)), min_size=1, max_size=6),
)
def test_a_hosts_clock_is_off_by_no_more_than_half_the_shortest_round_trip(ahead_ns, ways_ns):
    pings = [Ping(1000, 1000 + there_ns + ahead_ns, 1000 + there_ns + back_ns) for there_ns, back_ns in ways_ns]
    clock = HostClock.of(pings)
    assert clock.round_trip_ns == min(there_ns + back_ns for there_ns, back_ns in ways_ns)
    # Nanoseconds are whole: the middle of an odd round trip is rounded.
    assert abs(clock.there_ns(5) - (5 + ahead_ns)) <= clock.error_bound_ns + 0.5


def test_a_link_is_as_full_as_its_busier_direction():
    first = LinkReading("eth0", 10.0, 1_000_000, 5_000_000)
    last = LinkReading("eth0", 12.0, 26_000_000, 6_000_000)
    use = use_between(first, last, 1000)
    assert (use.received_mbps, use.sent_mbps, use.share) == (100.0, 4.0, 0.1)
    assert use_between(first, last, None).share is None
    assert use_between(None, last, 1000) is None


def test_the_loopback_interface_is_found_and_read():
    name = interface_of("127.0.0.1")
    assert name is not None
    assert read_link(name).interface == name
    assert interface_of("198.18.255.254") is None
    assert read_link(None) is None


@pytest.fixture
def load(tmp_path):
    write_wire(tmp_path / "wire", wire_facts(SERVEBENCH, load_protocol(SERVEBENCH), 1), ["{}"] * 30, ["{}"] * 3)
    generator = default_config().generator_catalogue["native"]
    return Load(generator, tmp_path, tmp_path / "wire", ClosedLoop(5), None, 1, False, 1, 0.0, 1.0, 1.0)


def shared(load, *cpu_counts):
    return share_out(load, Address("198.18.0.1", 80), [HostSeat(count, True) for count in cpu_counts])


def test_users_are_shared_out_over_hosts_and_their_processes(load):
    many = load.generator.model_copy(update={"kind": GeneratorKind.LOCUST, "processes": "cores"})
    found = shared(replace(load, generator=many), 2, 1)
    assert [[one.users for one in of_host] for of_host in found] == [[2, 1], [2]]
    assert [one.first_payload for of_host in found for one in of_host] == [0, 10, 20]


def test_a_host_that_no_user_is_left_for_is_idle(load):
    assert [[one.users for one in of_host] for of_host in shared(replace(load, point=ClosedLoop(1)), 2, 2)] == [[1]]


def test_a_rate_is_shared_out_and_stays_one_grid(load):
    found = [one for of_host in shared(replace(load, point=OpenLoop(100)), 1, 1) for one in of_host]
    assert sum(one.timetable[0][1] for one in found) == pytest.approx(100)
    assert [one.phase for one in found] == [0.0, 0.5]


def test_an_order_passes_a_pipe_unchanged(load):
    [[specification], _] = shared(load, 1, 1)
    order = LoadOrder(3, GeneratorKind.NATIVE, "/folder", [specification])
    again = LoadOrder.from_dict(order.as_dict())
    assert again == order
    assert isinstance(again.specifications[0], LoadSpecification)


def test_a_study_without_load_hosts_is_measured_as_before():
    settings = TrialSettings.of(default_config(), KEY)
    assert not {"load_hosts", "load_host_command", "server_address"} & settings.as_params().keys()
    assert LoadNetwork.of(settings).as_params() is None
    assert settings.server_address == "127.0.0.1"


def test_load_hosts_are_part_of_what_a_trial_is_measured_with():
    settings = TrialSettings.of(default_config(**HOSTS), KEY)
    params = settings.as_params()
    assert (params["load_hosts"], params["server_address"]) == (["a", "b"], "198.18.0.1")
    assert TrialSettings.model_validate(params) == settings
    network = LoadNetwork.of(settings)
    assert LoadNetwork.from_params(network.as_params()) == network


def test_the_agent_is_started_by_words_that_no_shell_changes(monkeypatch, tmp_path):
    words = agent_command(SSH, "a.example")
    assert words[:5] == ["ssh", "-o", "BatchMode=yes", "a.example", "env"]
    assert words[-2:] == ["-m", "servebench.load_hosts.agent"]
    monkeypatch.setattr(agent_process, "REPOSITORY", Path("/a b"))
    with pytest.raises(ServebenchError, match="would not pass a shell unchanged: move the checkout elsewhere"):
        agent_command(SSH, "a.example")


def test_a_kept_trial_of_load_hosts_has_the_settings_of_its_config(tmp_path):
    config = default_config(**HOSTS)
    path = tmp_path / "settings.json"
    write_json(path, TrialSettings.of(config, KEY).model_dump(mode="json"))
    assert TrialSettings.model_validate_json(path.read_text()).as_params() == TrialSettings.of(config, KEY).as_params()
