"""The gate before measuring: a system passes contract and parity, or is not measured."""

import json
from pathlib import Path
from typing import Any

from servebench.check.contract import Failure, cases_for, check_health, load_cases, run_cases
from servebench.check.parity import check_parity
from servebench.check.valid_row import ValidRow
from servebench.errors import ServebenchError
from servebench.files import read_json, write_json
from servebench.model.contract import ModelContract
from servebench.paths import GOLDEN, MANIFEST, PAYLOADS
from servebench.trial.processes import ProcessGroups
from servebench.trial.server import ServerLaunch, start_server
from servebench.words import BuildStatus, CheckStatus

# Failed cases on the terminal; the log holds them all.
MOST_SHOWN = 3


def read_lines(path: Path) -> list[str]:
    """The lines of a .jsonl file."""
    return path.read_text(encoding="utf-8").splitlines()


def check_system(
    package: Path, model: Path, start_timeout_s: float, is_required: bool, output: Path, log: Path
) -> dict[str, Any]:
    """Run all cases and golden answers against a package; writes and returns the outcome.

    Cases that the server's manifest excuses are left out, and named in the outcome; so are those that make no sense for
    the model's columns. `log` is the job's, which standard
    output goes to; the server's own stands beside it. Raises ServebenchError with the first cases that failed, what was
    expected and what came, having printed all of them; or where the system `is_required` and could not be built.
    """
    manifest = read_json(package / MANIFEST)
    if manifest["status"] != BuildStatus.BUILT:
        if is_required:
            raise ServebenchError(f"{manifest['system']} is required: {manifest['reason']}; {manifest['remedy']}")
        outcome = {"status": CheckStatus.NOT_CHECKED, "reason": manifest["reason"], "remedy": manifest["remedy"]}
        write_json(output, outcome)
        return outcome
    bodies = read_lines(model / PAYLOADS)
    golden = [json.loads(line) for line in read_lines(model / GOLDEN)]
    excused = manifest.get("excused_cases", [])
    valid = ValidRow(json.loads(bodies[0])["features"], ModelContract.read(model))
    cases = cases_for([case for case in load_cases() if case.name not in excused], valid)
    definition = manifest["definition"]
    option = "workers" if definition["workers"] is not None else "threads"
    server_log = log.with_suffix(".server.log")
    server_log.write_bytes(b"")
    with ProcessGroups() as groups:
        server = start_server(groups, ServerLaunch(package, option, 1, None, 1, start_timeout_s), server_log)
        failures = check_health(server.health, manifest["model_hash"], definition["inference"])
        failures += run_cases(server.port, valid, golden[0], cases)
        failures += check_parity(server.port, bodies, golden)
        if not server.is_alive():
            raise ServebenchError(f"check of {manifest['system']}: the server died; see {server_log}")
    if failures:
        print("\n".join(str(failure) for failure in failures))
        raise ServebenchError(describe_failures(manifest["system"], failures, log))
    outcome = {
        "status": CheckStatus.PASSED,
        "cases": [case.model_dump(mode="json") for case in cases],
        "excused_cases": excused,
        "golden_answers": len(golden),
        "health": server.health,
    }
    write_json(output, outcome)
    return outcome


def describe_failures(system: str, failures: list[Failure], log: Path) -> str:
    """How many cases failed, where all of them stand, and the first ones, a line each."""
    count = f"{len(failures)} case{'s' if len(failures) > 1 else ''}"
    head = f"check of {system} failed in {count}: all are in {log}"
    return "\n  ".join([head, *(str(failure) for failure in failures[:MOST_SHOWN])])
