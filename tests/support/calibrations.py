"""A cache for tiny studies, whose calibrations are measured once a session."""

from pathlib import Path

import pytest
from servebench.calibrate import generator as generator_calibration
from servebench.calibrate import instrument, kept
from servebench.calibrate.drive import BuiltGenerator
from servebench.config import GeneratorDefinition
from servebench.generator.build import build_generator
from servebench.paths import CACHE
from servebench.words import BuildStatus

from support.packages import default_config

SHARED = ("build", "compiled", "sources")


def built_generator(kind: str, folder: Path) -> BuiltGenerator:
    """A generator of this kind that spins; the test is skipped where it cannot be built."""
    definition = GeneratorDefinition.model_validate({"kind": kind, "waiting": "spin"})
    manifest = build_generator(kind, definition, folder / kind, CACHE)
    if manifest["status"] != BuildStatus.BUILT:
        pytest.skip(manifest["reason"])
    return BuiltGenerator(kind, definition, folder / kind)


def make_study_cache(folder: Path, payloads: Path) -> Path:
    """What is compiled is the real cache's; the calibrations of the default generators are measured here."""
    for name in SHARED:
        (CACHE / name).mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(CACHE / name)
    catalogue = default_config().generator_catalogue
    with pytest.MonkeyPatch.context() as patch:
        # A machine that runs tests is busy, and each study would measure again.
        patch.setattr(kept, "is_worth_keeping", lambda _outcome: True)
        for name in default_config().generators:
            built = folder / "generators" / name
            build_generator(name, catalogue[name], built, folder)
            generator_calibration.calibrate_generator(
                name, catalogue[name], built, payloads, 1, folder, folder / "generator.json"
            )
        instrument.calibrate_meter(folder, folder / "meter.json")
    return folder
