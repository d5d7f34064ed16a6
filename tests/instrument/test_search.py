"""The search for a rate finds what queueing theory tells of a server that is one worker with a queue."""

import platform

import pytest
from servebench.calibrate.drive import BuiltGenerator, calibration_site, constant_wire, drive
from servebench.calibrate.servers import DELAY_SERVER, build_program, start_program
from servebench.config import GeneratorDefinition
from servebench.generator.build import build_generator
from servebench.objective import Objective
from servebench.paths import CACHE
from servebench.trial.search import GENERATOR_LATE, search_rate
from support.queue import constant, highest_utilization, poisson
from support.toolchain import HAS_COMPILER

# One connection to a server that takes its time without a CPU: a queue with one worker, as theory has it.
SERVICE_MS = 2.0
OBJECTIVE = Objective(90.0, 3 * SERVICE_MS)


@pytest.mark.skipif(not HAS_COMPILER or platform.system() != "Linux", reason="the delay server needs both")
@pytest.mark.parametrize(("arrivals", "gaps"), [("poisson", poisson), ("constant", constant)])
def test_a_search_finds_the_rate_that_theory_says(cancer_model, tmp_path, arrivals, gaps):
    definition = GeneratorDefinition(kind="native", connections=1, arrivals=arrivals, waiting="spin")
    build_generator("native", definition, tmp_path / "generator", CACHE)
    generator = BuiltGenerator("native", definition, tmp_path / "generator")
    wire = constant_wire(cancer_model / "payloads.jsonl", tmp_path / "wire")
    with calibration_site("a search against the delay server") as site:
        program = build_program(DELAY_SERVER, site.scratch, CACHE)
        server = start_program(site.groups, program, site.server_cpus, f"constant:{SERVICE_MS:g}")

        def load(point, duration_s):
            return drive(site, generator, wire, server, point, duration_s).load

        found = search_rate(load, definition.connections, OBJECTIVE)
    if any(probe.fault == GENERATOR_LATE for probe in found.probes):
        pytest.skip("others take the generator's CPU: nothing can be told of a rate")
    told_rps = highest_utilization(gaps, 3, 90) * found.capacity_rps
    assert found.rate_rps == pytest.approx(told_rps, rel=0.2), found
    assert found.capacity_rps == pytest.approx(1000 / SERVICE_MS, rel=0.1)
