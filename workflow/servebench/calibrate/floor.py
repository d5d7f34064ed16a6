"""The floor under a generator's percentiles: a program that does nothing but send and read the clock, on its CPU."""

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from servebench.calibrate.drive import Site
from servebench.calibrate.resolution import PERCENTILES, Errors
from servebench.calibrate.servers import CalibrationServer
from servebench.config import GeneratorDefinition
from servebench.errors import ServebenchError
from servebench.generator.registry import GENERATORS, Seat
from servebench.trial.generator_processes import may_spin

# A row of the digits data set with the precision of the data.
BODY_BYTES = 340
PATIENCE_S = 10.0


@dataclass(frozen=True)
class FloorRun:
    """The floor's errors; `taken_share` is the share of the window that its spinning loop missed, None asleep."""

    errors: Errors
    taken_share: float | None


def run_floor(
    site: Site,
    program: Path,
    definition: GeneratorDefinition,
    server: CalibrationServer,
    users: int,
    warmup_s: float,
    duration_s: float,
) -> FloorRun:
    """Run the floor program where the generator runs, waiting as it waits; raises ServebenchError where it fails."""
    cpus = site.generator_cpus
    seat = Seat(1, users, may_spin(cpus, site.is_shared))
    spins = GENERATORS[definition.kind].options(definition, seat).get("spins", False)
    times = [str(round(1000 * seconds)) for seconds in (warmup_s, duration_s)]
    command = [str(program), str(server.port), str(users), *times, "spin" if spins else "sleep", str(BODY_BYTES)]

    def pin() -> None:
        if cpus is not None:
            os.sched_setaffinity(0, cpus)

    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=True,
            preexec_fn=pin,
            timeout=warmup_s + duration_s + PATIENCE_S,
        )
    except subprocess.SubprocessError as error:
        reason = (getattr(error, "stderr", None) or str(error)).strip()
        raise ServebenchError(f"the calibration's floor program failed: {reason}") from None
    found = json.loads(done.stdout)
    gaps_ns = found["gaps_ns"]
    return FloorRun(errors_of_answers(found["answers"]), None if gaps_ns is None else gaps_ns / (duration_s * 1e9))


def errors_of_answers(answers_ns: Sequence[tuple[int, int]]) -> Errors:
    """Found - told of each percentile, of (latency, told delay) in nanoseconds."""
    if not answers_ns:
        raise ServebenchError("the calibration's floor program had no answer: the machine is too busy to calibrate")
    found_ms, told_ms = (np.percentile(np.array(side) / 1e6, PERCENTILES) for side in zip(*answers_ns, strict=True))
    off_ms = {q: float(found - told) for q, found, told in zip(PERCENTILES, found_ms, told_ms, strict=True)}
    return Errors(off_ms, dict(zip(PERCENTILES, map(float, told_ms), strict=True)), len(answers_ns))
