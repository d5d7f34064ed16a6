from dataclasses import asdict

from servebench.machine import read_machine, read_topology


def test_this_machine_can_be_read():
    numbers = [cpu.number for cpu in read_topology()]
    assert numbers
    assert len(set(numbers)) == len(numbers)
    facts = asdict(read_machine())
    assert facts["logical_cpus"] >= len(numbers)
    assert facts["cpu_model"]
    assert facts["system"]
