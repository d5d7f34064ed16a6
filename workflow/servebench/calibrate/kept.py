"""Calibrations that depend on the machine and the programs only are kept, and not repeated by the next study."""

import os
import platform
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from servebench.files import read_json, sha256_file, sha256_parts, write_json
from servebench.machine import read_machine, read_topology

# Raised whenever a calibration of the same programs could come out otherwise.
CALIBRATION_VERSION = 2


def kept_or_made(
    cache: Path, name: str, parts: Iterable[str], sources: Iterable[Path], make: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """The kept outcome for this machine and these programs, else a new one, which is kept if it was measured.

    `parts` are versions and definitions, `sources` files whose content matters. A failed outcome is not kept: it may
    have been the machine's noise, and the next study measures again.
    """
    path = cache / "calibration" / f"{name}-{_key(parts, sources)[:16]}.json"
    if path.exists():
        return {**read_json(path), "kept": True}
    outcome = {**make(), "measured_at": datetime.now(UTC).isoformat(timespec="seconds")}
    if outcome["status"] == "measured" and not outcome["failed"]:
        write_json(path, outcome)
    return {**outcome, "kept": False}


def _key(parts: Iterable[str], sources: Iterable[Path]) -> str:
    machine = read_machine()
    cpus = ",".join(str(cpu.number) for cpu in read_topology())
    identity = [machine.cpu_model, machine.kernel, str(os.cpu_count()), cpus, platform.node(), machine.python]
    hashes = [f"{path.name}={sha256_file(path)}" for path in sources]
    return sha256_parts([str(CALIBRATION_VERSION), *identity, *parts, *hashes])
