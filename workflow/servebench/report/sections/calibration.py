"""How far the instrument is right here."""

from servebench.config import GeneratorDefinition
from servebench.report.calibration import calibration_lines, not_passed
from servebench.report.data import StudyData
from servebench.report.foreign import told
from servebench.report.word_list import word_list
from servebench.words import GeneratorKind, Waiting


def calibration(data: StudyData) -> str:
    """The sentences, every check that did not pass, and what a generator's way of waiting means."""
    generators = data.config.every_generator
    lines = [*calibration_lines(data.paths, generators), *not_passed(data.paths, generators)]
    text = "\n".join(f"- {told(line)}" for line in lines)
    waits = f"How a generator waits for answers ({_waits(data)}):"
    return f"## Calibration\n\n{text}\n\n{waits}\n\n{word_list(Waiting)}"


def _waits(data: StudyData) -> str:
    """How each generator of the study does, such as `here native: spinning`."""
    catalogue = data.config.generator_catalogue
    found = [
        f"{name}: {Waiting.SPINNING if _spins(catalogue[name]) else Waiting.ASLEEP}"
        for name in data.config.every_generator
    ]
    return f"here {', '.join(found)}"


def _spins(definition: GeneratorDefinition) -> bool:
    return definition.kind is GeneratorKind.NATIVE and definition.waiting == "spin"
