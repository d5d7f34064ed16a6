"""Under a container's limits placement, plan and verdicts follow the limit: real cgroups, of whichever version."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from servebench.analyse.tables import read_table, write_tables
from servebench.trial.record import read_record
from support.cgroups import joined, limited
from support.checkout import Checkout
from support.packages import make_fault_package, make_package
from support.processes import none_left

MODEL = "cancer-logistic"
STUDY = ["--cores", "all", "--configfile", "config/smoke.yaml", "--config", "systems=[fastapi-compiled]", "users=[16]"]
STUDY += ["repeats=1"]
TARGET = f"results/smoke/trials/{MODEL}/fastapi-compiled/native/users-16/1/result.json"
TRIAL = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[4])
from support.packages import trial_request
from servebench.trial.run import run_trial
run_trial(
    trial_request(
        *(Path(name) for name in sys.argv[1:4]), generator="native", users=16, duration_s=float(sys.argv[5])
    ),
    None,
    most_retries=0,
)
"""
FACTS = """
import dataclasses, json
from servebench.machine import can_pin, place, read_machine, read_topology
from servebench.paths import CACHE
from servebench.plan.known_machine import KnownMachine
cpus = read_topology()
told = {"cpus": len(cpus), "plan": KnownMachine.read(CACHE).cpus, "machine": dataclasses.asdict(read_machine())}
print(json.dumps({**told, "placement": dataclasses.asdict(place(cpus, None, False, can_pin()))}))
"""
pytestmark = pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2, reason="needs two CPUs to take one away"
)


def facts(groups):
    """What the harness sees of its machine in these groups."""
    return json.loads(subprocess.check_output(joined([sys.executable, "-c", FACTS], groups), text=True))


def made_in(groups, package, model, folder, duration_s=2.0):
    """The record of a trial that runs in these groups."""
    tests = Path(__file__).parents[1]
    arguments = [package, model, folder / "trials", tests, duration_s]
    subprocess.run(joined([sys.executable, "-c", TRIAL, *map(str, arguments)], groups), check=True, timeout=120)
    assert none_left(str(folder))
    return read_record(folder / "trials/1/result.json")


def cell_of(folder):
    write_tables([folder / "trials/1/result.json"], folder / "tables")
    return read_table(folder / "tables", "cells").iloc[0]


def test_with_fewer_cpus_placement_and_plan_have_fewer(tmp_path):
    allowed = max(os.sched_getaffinity(0))
    with limited(cpuset=allowed) as groups:
        told = facts(groups)
    assert (told["cpus"], told["plan"]) == (1, 1)
    assert told["placement"]["server"] == told["placement"]["generator"] == [allowed]
    assert told["placement"]["is_shared"]
    assert told["machine"]["allowed_cpus"] == 1


def test_a_quota_leaves_as_many_cpus_as_it_fills():
    with limited(cpu=100_000) as groups:
        told = facts(groups)
    assert (told["cpus"], told["plan"], told["machine"]["cpu_quota"]) == (1, 1, 1.0)
    assert told["placement"]["is_shared"]


def test_a_limit_of_memory_is_the_machines():
    with limited(memory=2**30) as groups:
        told = facts(groups)
    assert told["machine"]["memory_limit_mib"] == 1024.0
    assert facts([])["machine"]["memory_limit_mib"] != 1024.0


def test_a_quota_that_holds_the_server_is_a_flag_and_no_capacity(cancer_model, tmp_path):
    make_package("fastapi-compiled", cancer_model, tmp_path / "package")
    with limited(cpu=40_000) as groups:
        record = made_in(groups, tmp_path / "package", cancer_model, tmp_path)
    assert record.machine.cpu_quota == 0.4
    assert record.server.throttled_share > 0.05
    cell = cell_of(tmp_path)
    assert "a quota of CPU held the server" in cell["flags"]
    assert cell["verdict"] != "capacity"
    assert cell["throughput_is_lower_bound"]


def test_a_server_that_outgrows_its_memory_is_said_to_have(cancer_model, tmp_path):
    package = make_fault_package("devours", cancer_model, tmp_path / "package")
    with limited(memory=600 * 2**20) as groups:
        record = made_in(groups, package, cancer_model, tmp_path, duration_s=6.0)
    assert record.outcome == "server died"
    assert record.reason.endswith(": the kernel killed a process for want of memory (a limit of 600 MiB)")


def test_a_whole_study_in_a_container_of_one_cpu_and_one_gibibyte(tmp_path):
    checkout = Checkout(tmp_path / "checkout")
    with limited(cpu=100_000, memory=2**30) as groups:
        done = checkout.snakemake(TARGET, *STUDY, before=joined([], groups), timeout_s=300)
    assert done.returncode == 0, done.stdout
    record = read_record(checkout.folder / TARGET)
    assert record.outcome == "measured"
    assert (record.machine.cpu_quota, record.machine.memory_limit_mib) == (1.0, 1024.0)
    assert record.placement.is_shared
    assert none_left(str(checkout.folder))
