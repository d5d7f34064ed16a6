"""A generator's calibration: its ceiling in this study, and its truth and stall, kept for this machine and programs."""

from pathlib import Path
from typing import Any

from servebench.build.request import Unavailable
from servebench.calibrate import servers
from servebench.calibrate.ceiling import measure_ceiling
from servebench.calibrate.drive import BuiltGenerator
from servebench.calibrate.kept import kept_or_made
from servebench.calibrate.outcome import not_measured
from servebench.calibrate.stall import measure_stall
from servebench.calibrate.truth import TOLERANCES, measure_truth
from servebench.config import GeneratorDefinition
from servebench.files import read_json, write_json
from servebench.generator.build import source_files


def calibrate_generator(
    name: str,
    definition: GeneratorDefinition,
    folder: Path,
    payloads: Path,
    connections: int,
    cache: Path,
    output: Path,
) -> dict[str, Any]:
    """Calibrate a built generator with a study's payloads; writes and returns the outcome."""
    manifest = read_json(folder / "manifest.json")
    outcome: dict[str, Any] = {"generator": name}
    if manifest["status"] != "built":
        outcome |= not_measured(manifest["reason"], manifest["remedy"])
    else:
        generator = BuiltGenerator(name, definition, folder)
        try:
            outcome |= {"ceiling": measure_ceiling(generator, payloads, connections, cache), "status": "measured"}
            outcome |= _kept_parts(generator, manifest, payloads, cache)
        except Unavailable as reason:
            outcome |= not_measured(reason.reason, reason.remedy)
    write_json(output, outcome)
    return outcome


def _kept_parts(
    generator: BuiltGenerator, manifest: dict[str, Any], payloads: Path, cache: Path
) -> dict[str, dict[str, Any]]:
    """Truth and stall; the tools of others hear no header and are compared with native instead."""
    if generator.definition.kind not in TOLERANCES:
        return {}
    parts = [generator.definition.model_dump_json(), str(sorted(manifest["versions"].items()))]
    sources = [*servers.source_files(), *source_files(generator.definition)]
    return {
        part: kept_or_made(cache, f"{part}-{generator.definition.kind}", parts, sources, make)
        for part, make in (
            ("truth", lambda: measure_truth(generator, payloads, cache)),
            ("stall", lambda: measure_stall(generator, payloads, cache)),
        )
    }
