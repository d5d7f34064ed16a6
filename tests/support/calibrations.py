"""A cache for tiny studies, whose calibrations are measured once a session, or count as in order."""

from pathlib import Path
from typing import Any

import pytest
from servebench.calibrate import generator as generator_calibration
from servebench.calibrate import instrument, kept
from servebench.calibrate.drive import BuiltGenerator
from servebench.calibrate.outcome import Criterion, measured
from servebench.config import GeneratorDefinition
from servebench.generator.build import build_generator
from servebench.paths import CACHE
from servebench.words import BuildStatus

from support.packages import default_config

SHARED = ("build", "compiled", "sources")
# What takes minutes: kept for a machine, but for the ceiling.
MEASURES = (
    *((generator_calibration, f"measure_{part}") for part in ("truth", "stall", "ceiling")),
    (instrument, "measure_meter"),
)
UNMEASURED = {
    "resolution": {"p50_ms": 1.0},
    "offset_ms": None,
    "floor": {"p50_ms": 1.0},
    "is_disturbed": False,
    **{"is_ceiling": True, "throughput_rps": 1.0, "connections": 1},
}


def built_generator(kind: str, folder: Path) -> BuiltGenerator:
    """A generator of this kind that spins; the test is skipped where it cannot be built."""
    definition = GeneratorDefinition.model_validate({"kind": kind, "waiting": "spin"})
    manifest = build_generator(kind, definition, folder / kind, CACHE)
    if manifest["status"] != BuildStatus.BUILT:
        pytest.skip(manifest["reason"])
    return BuiltGenerator(kind, definition, folder / kind)


def make_study_cache(folder: Path, payloads: Path) -> Path:
    """What is compiled is the real cache's; the calibrations of the default generators are measured here."""
    with pytest.MonkeyPatch.context() as patch:
        # A machine that runs tests is busy, and each study would measure again.
        patch.setattr(kept, "is_worth_keeping", lambda _outcome: True)
        return _make_cache(folder, payloads)


def make_trusting_cache(folder: Path, payloads: Path) -> Path:
    """The same for studies whose figures nobody reads: what takes minutes to calibrate counts as in order."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name in MEASURES:
            patch.setattr(module, name, _in_order_like(getattr(module, name)))
        return _make_cache(folder, payloads)


def _in_order_like(measure: Any) -> Any:
    def in_order(*_: Any) -> dict[str, Any]:
        criterion = Criterion("trusted", 1.0, 1.0, "none", passed=True, text="nothing was measured")
        return measured([criterion], **UNMEASURED)

    # What is kept is kept for the module that would have measured it.
    in_order.__module__ = measure.__module__
    return in_order


def _make_cache(folder: Path, payloads: Path) -> Path:
    for name in SHARED:
        (CACHE / name).mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(CACHE / name)
    catalogue = default_config().generator_catalogue
    for name in default_config().generators:
        built = folder / "generators" / name
        build_generator(name, catalogue[name], built, folder)
        generator_calibration.calibrate_generator(
            name, catalogue[name], built, payloads, 1, folder, folder / "generator.json"
        )
    instrument.calibrate_meter(folder, folder / "meter.json")
    return folder
