"""How far a percentile may be off on this machine, as each generator's calibration found it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from servebench.analyse.metrics import Metric
from servebench.files import read_json
from servebench.paths import StudyPaths

# A generator's resolution in ms by percentile.
Resolutions = Mapping[str, Mapping[float, float]]


def read_resolutions(calibrations: Sequence[Path]) -> Resolutions:
    """Of each generator whose calibration is there and says one; the file is named like the generator."""
    found = {path.stem: _of(read_json(path)) for path in calibrations if path.exists()}
    return {name: resolution for name, resolution in found.items() if resolution}


def study_resolutions(paths: StudyPaths, generators: Sequence[str]) -> Resolutions:
    """Of a study's generators; of several nodes the coarsest, since their blocks are taken together."""
    return coarsest([read_resolutions([seen.calibration(name) for name in generators]) for seen in paths.on_each_node])


def _of(outcome: Any) -> dict[float, float]:
    """From `p99_ms: 0.3` to 99: 0.3."""
    stated = stated_ms(outcome) if isinstance(outcome, dict) else {}
    return {
        float(name.removeprefix("p").removesuffix("_ms").replace("_", ".")): value for name, value in stated.items()
    }


def stated_ms(outcome: Mapping[str, Any]) -> dict[str, float]:
    """How far each percentile may be off, by its name: what a generator was, and no less than the floor beside it.

    Where the plainest program was off by more, it was by chance that the generator was not.
    """
    own, floor = outcome.get("resolution") or {}, outcome.get("floor") or {}
    known = {name: value for name, value in own.items() if name.startswith("p") and name.endswith("_ms")}
    return {
        name: max(float(value), float(floor.get(name) or 0.0)) for name, value in known.items() if value is not None
    }


def resolution_ms(resolutions: Resolutions, generator: str, metric: Metric) -> float | None:
    """Of a percentile: that of the next one above it that was calibrated; None where there is none."""
    known = resolutions.get(generator, {})
    above = [percentile for percentile in known if metric.percentile is not None and percentile >= metric.percentile]
    return known[min(above)] if above else None


def coarsest(studies: Sequence[Resolutions]) -> Resolutions:
    """Of several studies' resolutions the coarsest of each percentile."""
    found: dict[str, dict[float, float]] = {}
    for generator, stated in (item for resolutions in studies for item in resolutions.items()):
        known = found.setdefault(generator, {})
        for percentile, value_ms in stated.items():
            known[percentile] = max(value_ms, known.get(percentile, 0.0))
    return found
