"""Stall: the server is stopped for a second. An open loop must show it in full.

Of a window of T seconds with a stall of S seconds, the requests that were to start in the stall have latencies that
are spread evenly over S: the q-th percentile is S - (1 - q) T, and the maximum is S.
"""

import os
import signal
import time
from pathlib import Path
from typing import Any

from servebench.calibrate.drive import BuiltGenerator, Run, Site, calibration_site, constant_wire, drive
from servebench.calibrate.outcome import Criterion, measured
from servebench.calibrate.servers import NULL_SERVER, build_program, start_program
from servebench.generator.abilities import StallTolerance
from servebench.generator.protocol import LoadResult
from servebench.histogram import histogram_of, percentiles_ms
from servebench.load_point import DrivenPoint, OpenLoop
from servebench.thresholds import GENERATOR_WAITED

DURATION_S = 1.5
STALL_S = 1.0
STALL_AFTER_S = 0.2


def measure_stall(generator: BuiltGenerator, tolerance: StallTolerance, payloads: Path, cache: Path) -> dict[str, Any]:
    """Stop the null server under an open loop of a built generator."""
    with calibration_site(f"stall of {generator.name}") as site:
        return judge_stall(site, generator, tolerance, payloads, cache)


def judge_stall(
    site: Site, generator: BuiltGenerator, tolerance: StallTolerance, payloads: Path, cache: Path
) -> dict[str, Any]:
    """The same where the machine is held already, from where the site sends its load."""
    executable = build_program(NULL_SERVER, site.scratch, cache)
    wire = constant_wire(payloads, site.scratch / "wire")
    run = drive_stalled(site, generator, wire, executable, OpenLoop(tolerance.rate_rps))
    p99_ms, maximum_ms = p99_and_maximum_ms(run.load)
    expected_p99_ms = (STALL_S - 0.01 * DURATION_S) * 1000
    # Who had to wait for a CPU may have shown another stall than the server's.
    is_decided = run.waited_share is None or run.waited_share <= GENERATOR_WAITED
    return measured(
        [
            _criterion("open loop, p99", expected_p99_ms, p99_ms, tolerance.relative, is_decided),
            _criterion("open loop, maximum", STALL_S * 1000, maximum_ms, tolerance.relative, is_decided),
        ]
    )


def drive_stalled(site: Site, generator: BuiltGenerator, wire: Path, executable: Path, point: DrivenPoint) -> Run:
    """One run in which the null server is stopped and goes on."""
    server = start_program(site.groups, executable, site.server_cpus, host=site.server_host)

    def stop() -> None:
        time.sleep(STALL_AFTER_S)
        os.kill(server.pid, signal.SIGSTOP)
        time.sleep(STALL_S)
        os.kill(server.pid, signal.SIGCONT)

    run = drive(site, generator, wire, server, point, DURATION_S, during=stop)
    site.groups.end(server.pid)
    return run


def p99_and_maximum_ms(load: LoadResult) -> tuple[float, float]:
    """The 99th percentile and the maximum."""
    p99_ms = percentiles_ms(histogram_of(load.latencies_ns), [99.0], load.latency_max_ns)[0]
    return p99_ms or 0.0, (load.latency_max_ns or 0) / 1e6


def _criterion(name: str, expected_ms: float, found_ms: float, tolerance: float, is_decided: bool) -> Criterion:
    passed = abs(found_ms - expected_ms) <= tolerance * expected_ms
    text = f"{name}: {found_ms:.0f} ms for {expected_ms:.0f} ms"
    return Criterion(name, expected_ms, found_ms, f"{tolerance:.0%}", passed, text, passed or is_decided)
