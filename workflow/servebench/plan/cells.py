"""The cells and the trials of a study."""

from dataclasses import dataclass
from itertools import product
from pathlib import Path

from servebench.config import Config
from servebench.load_point import LoadPoint
from servebench.paths import RESULT, StudyPaths
from servebench.trial.key import TrialKey


@dataclass(frozen=True)
class Cell:
    """What is measured `repeats` times; where `stands_in_for` names a system, only if that one cannot be built."""

    model: str
    system: str
    generator: str
    point: LoadPoint
    stands_in_for: str | None = None


def study_cells(config: Config) -> list[Cell]:
    """The full product of the config's lists, then the further groups; each cell once."""
    found = [Cell(*parts) for parts in product(config.models, config.systems, config.generators, config.load_points)]
    for group in config.also:
        for system in group.every_system:
            parts = product(config.models, [system], group.generators, group.load_points)
            found += [Cell(*part, stands_in_for=group.stand_ins.get(system)) for part in parts]
    cells: dict[tuple[str, str, str, LoadPoint], Cell] = {}
    for cell in found:
        place = (cell.model, cell.system, cell.generator, cell.point)
        # What is wanted for its own sake stands in for nobody.
        if place not in cells or cell.stands_in_for is None:
            cells[place] = cell
    return list(cells.values())


def stand_ins(config: Config) -> dict[tuple[str, str, str, str], str]:
    """The cells that are measured only without another system, as in a trial's key, and that system."""
    return {
        (cell.model, cell.system, cell.generator, cell.point.name): cell.stands_in_for
        for cell in study_cells(config)
        if cell.stands_in_for is not None
    }


def trial_keys(config: Config) -> list[TrialKey]:
    """Every trial of a study."""
    return [
        TrialKey(
            model=cell.model,
            system=cell.system,
            generator=cell.generator,
            load_point=cell.point.name,
            repeat=repeat,
        )
        for cell in study_cells(config)
        for repeat in range(1, config.planned_repeats + 1)
    ]


def trial_result(paths: StudyPaths, key: TrialKey) -> Path:
    """A trial's record, in the folder of its raw files."""
    return paths.trial(key.model, key.system, key.generator, key.load_point, key.repeat) / RESULT


def most_connections(config: Config, generator: str) -> int:
    """The most connections that a generator holds in this study."""
    paced = config.generator_catalogue[generator].connections
    return max(cell.point.connections(paced) for cell in study_cells(config) if cell.generator == generator)
