"""The gate before measuring: a system passes contract and parity, or is not measured."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from servebench.check.contract import Failure
from servebench.check.endpoint import examine_endpoint
from servebench.check.examination import examine
from servebench.config import parse_system
from servebench.endpoint import EndpointDefinition
from servebench.errors import ServebenchError
from servebench.files import read_json, write_json
from servebench.paths import MANIFEST
from servebench.protocol.wire import Wire
from servebench.words import BuildStatus, CaseWord, CheckStatus

# Failed cases on the terminal; the log holds them all.
MOST_SHOWN = 3


def check_system(
    package: Path,
    model: Path,
    start_timeout_s: float,
    is_required: bool,
    output: Path,
    log: Path,
    wire: Path,
) -> dict[str, Any]:
    """Run all cases and golden answers against a package; writes and returns the outcome.

    Cases that the server's manifest excuses are left out, and named in the outcome; so are those that make no sense for
    the model's columns, and those that a server with a minimal contract fails. `log` is the job's, which standard
    output goes to; the server's own stands beside it. `wire` is the folder of what is sent of the model. Raises
    ServebenchError with the first cases that failed, what was expected and what came, having printed all of them; or
    where the system `is_required` and could not be built, or not be asked by its protocol.
    """
    manifest = read_json(package / MANIFEST)
    for made in (manifest, read_json(wire / MANIFEST)):
        if made["status"] != BuildStatus.BUILT:
            if is_required:
                raise ServebenchError(f"{manifest['system']} is required: {made['reason']}; {made['remedy']}")
            outcome = {"status": CheckStatus.NOT_CHECKED, "reason": made["reason"], "remedy": made["remedy"]}
            write_json(output, outcome)
            return outcome
    definition, name = parse_system(manifest["definition"]), str(manifest["system"])
    if isinstance(definition, EndpointDefinition):
        found = examine_endpoint(definition, manifest["health"], Wire.read(wire))
        name = f"{name} ({definition.url}, which must serve this very model)"
    else:
        found = examine(package, model, start_timeout_s, log.with_suffix(".server.log"), Wire.read(wire))
    if found.failures:
        print("\n".join(str(failure) for failure in found.failures))
        raise ServebenchError(describe_failures(name, found.failures, log))
    outcome = {
        "status": CheckStatus.PASSED,
        "protocol": found.protocol,
        "cases": [case.model_dump(mode="json") for case in found.cases(CaseWord.PASSED)],
        "excused_cases": [case.name for case in found.cases(CaseWord.EXCUSED)],
        "found_deviations": [asdict(failure) for failure in found.failures_of_contract],
        "golden_answers": found.golden_answers,
        "float32": None if found.float32 is None else found.float32.model_dump(),
        "health": found.health,
    }
    write_json(output, outcome)
    return outcome


def describe_failures(system: str, failures: list[Failure], log: Path) -> str:
    """How many cases failed, where all of them stand, and the first ones, a line each."""
    count = f"{len(failures)} case{'s' if len(failures) > 1 else ''}"
    head = f"check of {system} failed in {count}: all are in {log}"
    return "\n  ".join([head, *(str(failure) for failure in failures[:MOST_SHOWN])])
