"""A generator's calibration: its ceiling in this study; resolution and stall, kept for this machine and programs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from servebench.build.request import Unavailable
from servebench.calibrate import servers
from servebench.calibrate.ceiling import measure_ceiling
from servebench.calibrate.drive import BuiltGenerator
from servebench.calibrate.kept import kept_or_made, program_files
from servebench.calibrate.load_hosts import calibrate_hosts
from servebench.calibrate.outcome import failures, not_measured
from servebench.calibrate.stall import measure_stall
from servebench.calibrate.truth import measure_truth
from servebench.config import GeneratorDefinition
from servebench.errors import ServebenchError
from servebench.files import read_json, write_json
from servebench.generator.abilities import ABILITIES
from servebench.generator.registry import GENERATORS
from servebench.load_hosts.network import LoadNetwork
from servebench.paths import MANIFEST
from servebench.words import BuildStatus, CalibrationStatus


def calibrate_generator(
    name: str,
    definition: GeneratorDefinition,
    folder: Path,
    payloads: Path,
    connections: int,
    cache: Path,
    output: Path,
    network: LoadNetwork | None = None,
) -> dict[str, Any]:
    """Calibrate a built generator with a study's payloads; writes and returns the outcome.

    The generator itself is calibrated on this machine, then each load host of `network` with it.
    """
    manifest = read_json(folder / MANIFEST)
    outcome: dict[str, Any] = {"generator": name}
    if manifest["status"] != BuildStatus.BUILT:
        outcome |= not_measured(manifest["reason"], manifest["remedy"])
    else:
        generator = BuiltGenerator(name, definition, folder)
        try:
            outcome |= {
                "ceiling": measure_ceiling(generator, payloads, connections, cache),
                "status": CalibrationStatus.MEASURED,
            }
            outcome |= _with_resolution(_kept_parts(generator, manifest, payloads, cache))
            if network is not None and network.hosts:
                outcome["hosts"] = calibrate_hosts(generator, network, payloads, connections, cache)
        except Unavailable as reason:
            outcome |= not_measured(reason.reason, reason.remedy)
    write_json(output, outcome)
    return outcome


def refuse_failed(outcome: dict[str, Any]) -> None:
    """Raise ServebenchError where this generator is wrong beyond what the machine explains."""
    wrong = [text for part in ("truth", "stall") for text in failures(outcome.get(part, {}))]
    for host, parts in outcome.get("hosts", {}).items():
        wrong += [f"from {host}: {text}" for text in failures(parts.get("stall", {}))]
    if wrong:
        raise ServebenchError(
            f"generator {outcome['generator']}: its latencies are wrong beyond what this machine explains "
            f"({'; '.join(wrong)}): measure with another one, and please report this"
        )


def _with_resolution(parts: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The parts, and beside them what a reader of figures needs of them."""
    return {
        **parts,
        **{name: parts["truth"][name] for name in ("resolution", "offset_ms", "floor") if "truth" in parts},
    }


def _kept_parts(
    generator: BuiltGenerator, manifest: dict[str, Any], payloads: Path, cache: Path
) -> dict[str, dict[str, Any]]:
    """Truth and stall, of generators that tell a server's delays; the others are compared with the reference."""
    kind = generator.definition.kind
    parts = [generator.definition.model_dump_json(), str(sorted(manifest["versions"].items()))]
    programs = [*servers.PROJECT.source_files(), *program_files(GENERATORS[kind])]
    measures: dict[str, tuple[Callable[..., dict[str, Any]], Any]] = {
        "truth": (measure_truth, ABILITIES[kind].truth),
        "stall": (measure_stall, ABILITIES[kind].stall),
    }
    return {
        name: kept_or_made(cache, f"{name}-{kind}", parts, programs, measure, generator, tolerance, payloads, cache)
        for name, (measure, tolerance) in measures.items()
        if tolerance is not None
    }
