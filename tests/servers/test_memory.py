"""Memory stays flat under load: the slope of private memory over requests.

MEMORY_REQUESTS says how many are asked, MEMORY_S the most time that they may take: a slow server answers fewer, and the
table at the end says how many.
"""

import os
import time
from itertools import accumulate
from pathlib import Path

import pytest
from servebench.config import GeneratorDefinition
from servebench.generator.build import build_generator
from servebench.generator.protocol import LoadResult
from servebench.load_point import ClosedLoop
from servebench.paths import CACHE
from servebench.trial.generator_processes import start_load
from servebench.trial.load_shares import Load
from servebench.trial.memory import read_memory
from servebench.trial.processes import ProcessGroups
from servebench.trial.server import local
from servebench.words import BuildStatus
from support.packages import default_config
from support.servers import wire_of
from support.slope import Slope, slope_of
from support.subjects import Complaint, Subject, started_subject

REQUESTS = int(os.environ.get("MEMORY_REQUESTS", "1000000"))
MOST_S = int(os.environ.get("MEMORY_S", "120"))
LEAST_S = 20
CONNECTIONS = 16
# Caches, pools and the interpreter's own tables fill in the first part.
SETTLING_SHARE = 0.25
# Over all requests, beyond the slope's uncertainty: 2 bytes a request at a million.
MOST_GROWTH_MIB = 2.0
MIB = 2**20


@pytest.fixture(scope="session")
def generator(tmp_path_factory: pytest.TempPathFactory) -> tuple[GeneratorDefinition, Path]:
    """The native generator."""
    folder = tmp_path_factory.mktemp("generator")
    definition = default_config().generator_catalogue["native"]
    manifest = build_generator("native", definition, folder, CACHE)
    if manifest["status"] != BuildStatus.BUILT:
        pytest.skip(f"native generator: {manifest['reason']}")
    return definition, folder


def test_memory_is_flat_over_many_requests(system, package, cancer_model, generator, tmp_path, note):
    with started_subject(system, package, cancer_model, tmp_path / "log") as subject:
        wire = wire_of(package, cancer_model)
        if read_memory(subject.pids).uss_mib is None:
            pytest.skip("this system does not tell a process's private memory")
        first = ask_for(subject, generator, wire, 3, tmp_path / "first")
        rate = first[-1][0] / len(first)
        duration_s = min(MOST_S, max(LEAST_S, round(REQUESTS / rate)))
        samples = ask_for(subject, generator, wire, duration_s, tmp_path / "load")
        slope = slope_after_settling(samples)
        requests = samples[-1][0]
        note(
            f"memory: {slope.value:+.2f} bytes a request [{slope.low:+.2f}, {slope.high:+.2f}] over {requests:,} "
            f"requests in {len(samples)} s, {samples[-1][1]:.1f} MiB private at the end"
        )
        growth_mib = slope.low * requests / MIB
        too_much = growth_mib > MOST_GROWTH_MIB
        subject.settle(
            Complaint(f"memory grows by {growth_mib:.1f} MiB at least") if too_much else None, "Memory grows"
        )


def slope_after_settling(samples: list[tuple[int, float]]) -> Slope:
    """Bytes a request, once the first part is over."""
    kept = samples[round(SETTLING_SHARE * len(samples)) :]
    return slope_of([requests for requests, _ in kept], [memory_mib * MIB for _, memory_mib in kept])


def ask_for(
    subject: Subject, generator: tuple[GeneratorDefinition, Path], wire: Path, duration_s: int, scratch: Path
) -> list[tuple[int, float]]:
    """Load the server for so long; after each second, how many it has answered and its private memory in MiB."""
    definition, folder = generator
    load = Load(
        generator=definition,
        generator_folder=folder,
        wire=wire,
        point=ClosedLoop(CONNECTIONS),
        cpus=None,
        cpu_count=1,
        is_shared=True,
        seed=1,
        warmup_s=0.3,
        duration_s=float(duration_s),
        timeout_s=10.0,
    )

    def watch(start_s: float) -> list[float]:
        found = []
        for second in range(1, duration_s + 1):
            time.sleep(max(0.0, start_s + second - time.monotonic()))
            found.append(read_memory(subject.pids).uss_mib or 0.0)
        return found

    with ProcessGroups() as groups:
        processes = start_load(groups, load, local(subject.port), scratch, scratch.with_suffix(".log"))
        processes.await_ready()
        measurement = processes.measure(watch)
    return list(zip(answered_by_second(measurement.counted), measurement.watched, strict=True))


def answered_by_second(result: LoadResult) -> list[int]:
    """How many were answered by the end of each second, all of them rightly."""
    assert result.errors == {}
    assert result.answers_checked > 0
    return list(accumulate(second.good for second in result.series))
