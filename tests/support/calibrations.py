"""A cache for tiny studies, whose calibrations are measured once a session."""

import functools
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from servebench.calibrate import generator as generator_calibration
from servebench.calibrate import instrument
from servebench.calibrate.kept import kept_or_made
from servebench.generator.build import build_generator
from servebench.paths import CACHE

from support.packages import default_config

SHARED = ("build", "compiled", "sources")


def kept_whatever_came_out(
    cache: Path,
    name: str,
    parts: Iterable[str],
    programs: Iterable[Path],
    measure: Callable[..., dict[str, Any]],
    *arguments: Any,
) -> dict[str, Any]:
    """Keep a failed outcome too: a machine that runs tests is busy, and each study would measure again."""

    @functools.wraps(measure)
    def measure_once(*given: Any) -> dict[str, Any]:
        return {**measure(*given), "failed": 0}

    return kept_or_made(cache, name, parts, programs, measure_once, *arguments)


def make_study_cache(folder: Path, payloads: Path) -> Path:
    """What is compiled is the real cache's; the calibrations of the default generators are measured here."""
    for name in SHARED:
        (CACHE / name).mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(CACHE / name)
    catalogue = default_config().generator_catalogue
    with pytest.MonkeyPatch.context() as patch:
        for module in (generator_calibration, instrument):
            patch.setattr(module, "kept_or_made", kept_whatever_came_out)
        for name in default_config().generators:
            built = folder / "generators" / name
            build_generator(name, catalogue[name], built, folder)
            generator_calibration.calibrate_generator(
                name, catalogue[name], built, payloads, 1, folder, folder / "generator.json"
            )
        instrument.calibrate_meter(folder, folder / "meter.json")
        instrument.calibrate_agreement(payloads, folder, folder / "agreement.json")
    return folder
