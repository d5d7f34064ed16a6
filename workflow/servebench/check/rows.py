"""Parity with several rows a request: what stands between a system and its trials at such a load."""

from pathlib import Path
from typing import Any

from servebench.build.rows import refusal_of_rows
from servebench.check.contract import Failure
from servebench.check.examination import launch_of_package, read_lines
from servebench.check.parity import check_parity, check_parity_at
from servebench.check.system import describe_failures
from servebench.config import parse_system
from servebench.endpoint import EndpointDefinition
from servebench.errors import ServebenchError
from servebench.files import read_json, write_json
from servebench.load_point import rows_label
from servebench.paths import MANIFEST
from servebench.protocol.wire import Wire
from servebench.trial.processes import ProcessGroups
from servebench.trial.server import start_server
from servebench.words import BuildStatus, CheckStatus


def check_rows(package: Path, wire: Path, start_timeout_s: float, output: Path, log: Path) -> dict[str, Any]:
    """Ask a package for every golden answer of a wire; writes and returns the outcome.

    It is not checked where it was not built, or is not asked so many rows. Raises ServebenchError with the first golden
    answers that were wrong.
    """
    manifests = [read_json(folder / MANIFEST) for folder in (package, wire)]
    refusal = _refusal(manifests)
    if refusal is not None:
        outcome: dict[str, Any] = {"status": CheckStatus.NOT_CHECKED, "reason": refusal[0], "remedy": refusal[1]}
        write_json(output, outcome)
        return outcome
    asked = Wire.read(wire)
    failures = _wrong_answers(package, manifests[0], asked, start_timeout_s, log.with_suffix(".server.log"))
    if failures:
        print("\n".join(str(failure) for failure in failures))
        raise ServebenchError(
            describe_failures(f"{manifests[0]['system']} with {rows_label(asked.rows)}", failures, log)
        )
    outcome = {"status": CheckStatus.PASSED, "rows": asked.rows, "golden_answers": len(read_lines(asked.golden))}
    write_json(output, outcome)
    return outcome


def _wrong_answers(
    package: Path, manifest: dict[str, Any], asked: Wire, start_timeout_s: float, server_log: Path
) -> list[Failure]:
    """The first golden answers that were wrong, of the package's server or of the endpoint that runs already."""
    system = parse_system(manifest["definition"])
    if isinstance(system, EndpointDefinition):
        return check_parity_at(system.address, asked)
    server_log.write_bytes(b"")
    with ProcessGroups() as groups:
        server = start_server(groups, launch_of_package(package, manifest, start_timeout_s), server_log)
        return check_parity(server.port, asked)


def _refusal(manifests: list[dict[str, Any]]) -> tuple[str, str] | None:
    """Why the package is not asked, and the remedy: that of its build, of the wire, or of its server."""
    for manifest in manifests:
        if manifest["status"] != BuildStatus.BUILT:
            return manifest["reason"], manifest["remedy"]
    package, wire = manifests
    return refusal_of_rows(package, wire["rows"])
