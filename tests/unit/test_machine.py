import pytest
from hypothesis import given
from hypothesis import strategies as st
from servebench.machine import Cpu, MachineFacts, PlacementError, knows_hypervisor, place, spared_core, within_quota


def machine(cores: int, threads: int = 1, groups: int = 1) -> list[Cpu]:
    """Logical CPUs numbered as Linux does: first all first siblings, then all second ones."""
    return [
        Cpu(thread * cores + core, (0, core), core * groups // cores)
        for thread in range(threads)
        for core in range(cores)
    ]


@given(st.integers(1, 64), st.integers(1, 2), st.integers(1, 4))
def test_server_and_generator_are_disjoint_unless_there_is_one_core(cores, threads, groups):
    cpus = machine(cores, threads, min(groups, cores))
    placement = place(cpus, None, False, True)
    shared = set(placement.server) & set(placement.generator)
    assert bool(shared) == (cores == 1)
    assert placement.server
    assert placement.generator


@given(st.integers(2, 64), st.integers(1, 2))
def test_siblings_stay_on_one_side(cores, threads):
    cpus = machine(cores, threads)
    placement = place(cpus, None, False, True)
    core_of = {cpu.number: cpu.core for cpu in cpus}
    assert not {core_of[n] for n in placement.server} & {core_of[n] for n in placement.generator}


@given(st.integers(3, 64))
def test_a_third_goes_to_the_server(cores):
    assert len(place(machine(cores), None, False, True).server) == cores // 3


def test_a_server_that_fits_one_cache_group_stays_in_it():
    cpus = machine(16, 1, 4)
    groups = {cpu.number: cpu.cache_group for cpu in cpus}
    assert len({groups[n] for n in place(cpus, 4, False, True).server}) == 1


def test_too_many_cpus_are_refused():
    with pytest.raises(PlacementError, match="needs 2 CPUs for the server and a core for the generator"):
        place(machine(2), 2, False, True)


def test_a_half_used_core_is_not_given_to_the_generator():
    placement = place(machine(4, 2), 1, False, True)
    assert len(placement.server) == 1
    assert len(placement.generator) == 6


def test_shared_placement_pins_nothing():
    placement = place(machine(4), None, True, True)
    assert not placement.is_pinned
    assert placement.is_shared


def test_a_system_that_cannot_pin_is_said_to_share():
    assert not place(machine(4), None, False, False).is_pinned


@given(st.integers(1, 64), st.integers(1, 2), st.floats(0.1, 200))
def test_a_quota_leaves_as_many_cpus_as_it_can_keep_busy(cores, threads, quota):
    cpus = machine(cores, threads)
    kept = within_quota(cpus, quota)
    assert len(kept) == min(len(cpus), max(1, int(quota)))
    assert set(kept) <= set(cpus)


def test_without_a_quota_every_cpu_is_used():
    assert within_quota(machine(4), None) == machine(4)


def test_a_quota_keeps_whole_cores():
    assert len({cpu.core for cpu in within_quota(machine(8, 2), 4.5)}) == 2


@given(st.integers(2, 32), st.integers(1, 2), st.integers(1, 4), st.integers(1, 64))
def test_one_core_is_never_a_servers_however_many_cpus_it_asks_for(cores, threads, groups, wanted):
    cpus = machine(cores, threads, min(groups, cores))
    for server_cpus in (None, wanted):
        try:
            placement = place(cpus, server_cpus, False, True)
        except PlacementError:
            continue
        assert not set(spared_core(cpus)) & set(placement.server)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({}, "a CPU, 4 CPUs"),
        ({"allowed_cpus": 4}, "a CPU, 4 CPUs"),
        ({"allowed_cpus": 2}, "a CPU, 4 CPUs (2 allowed)"),
        ({"allowed_cpus": 2, "cpu_quota": 1.5}, "a CPU, 4 CPUs (2 allowed, a quota of 1.5 CPUs)"),
        ({"cores": 4, "is_virtual": False}, "a CPU, 4 CPUs"),
        ({"cores": 2, "allowed_cpus": 2}, "a CPU, 4 CPUs (threads of 2 cores, 2 allowed)"),
        ({"cores": 4, "is_virtual": True}, "a CPU, 4 CPUs of a virtual machine"),
    ],
)
def test_what_a_container_allows_is_said_beside_what_the_machine_has(limits, words):
    assert MachineFacts("a CPU", 4, 1024, "6.1", "Linux", None, 0.1, "3.11", **limits).processor == words


@pytest.mark.parametrize(
    ("cpu_info", "is_virtual"),
    [
        ("model name\t: a CPU\nflags\t\t: fpu hypervisor avx2\n", True),
        ("model name\t: a CPU\nflags\t\t: fpu avx2\n", False),
        ("processor\t: 0\nFeatures\t: fp asimd\n", None),
        ("", None),
    ],
)
def test_a_hypervisor_is_known_where_the_processor_tells_it(cpu_info, is_virtual):
    assert knows_hypervisor(cpu_info) is is_virtual
