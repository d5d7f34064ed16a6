"""What is asked of a package before it is measured: its health, the contract's cases, and every golden answer."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servebench.answers import TOLERANCE
from servebench.build.server_manifest import HEALTH_PATH
from servebench.check.contract import NO_ANSWER_IN_TIME, Case, Failure, cases_for, check_health, load_cases, run_case
from servebench.check.float32 import float32_failures, read_float32
from servebench.check.parity import check_parity
from servebench.check.valid_row import ValidRow
from servebench.config import SystemDefinition
from servebench.errors import ServebenchError
from servebench.files import read_json
from servebench.model.contract import ModelContract
from servebench.onnx.parity import Float32Parity
from servebench.paths import GOLDEN, MANIFEST, PAYLOADS
from servebench.protocol.description import SERVEBENCH
from servebench.protocol.wire import Wire
from servebench.trial.processes import ProcessGroups
from servebench.trial.server import ServerLaunch, start_server
from servebench.words import CaseWord, Contract, RowsPerRequest

# Of a server that answers no more each case waits for its timeout: after so many in a row no further one is asked.
MOST_SILENT = 5


@dataclass(frozen=True)
class CaseResult:
    """What became of one case, and how it failed if it was asked and did."""

    case: Case
    contract: Contract
    is_excused: bool
    failure: Failure | None

    @property
    def word(self) -> CaseWord:
        """What became of it."""
        if self.is_excused:
            return CaseWord.EXCUSED
        if self.failure is None:
            return CaseWord.PASSED
        return CaseWord.NOT_PROMISED if self.contract is Contract.MINIMAL else CaseWord.FAILED


@dataclass(frozen=True)
class Examination:
    """What a package answered. `parity` holds the first golden answers that were wrong.

    By another `protocol` than our own only these are asked: the contract's cases have no meaning there. `float32` is
    how far ONNX is from the estimator, None where the inference is another.
    """

    contract: Contract
    health: dict[str, Any]
    health_failures: tuple[Failure, ...]
    results: tuple[CaseResult, ...]
    parity: tuple[Failure, ...]
    golden_answers: int
    protocol: str = SERVEBENCH
    float32: Float32Parity | None = None

    def cases(self, word: CaseWord) -> list[Case]:
        """The cases of which this became."""
        return [result.case for result in self.results if result.word is word]

    @property
    def failures_of_contract(self) -> list[Failure]:
        """What failed of health and cases."""
        return [*self.health_failures, *(result.failure for result in self.results if result.failure is not None)]

    @property
    def failures(self) -> list[Failure]:
        """What forbids a measurement; a minimal contract allows all but wrong golden answers."""
        allowed = self.contract is Contract.MINIMAL
        return [*([] if allowed else self.failures_of_contract), *self.parity, *self.imprecise]

    @property
    def imprecise(self) -> list[Failure]:
        """What forbids it because the model, computed in float32, is another one."""
        return [] if self.float32 is None else float32_failures(self.float32)


def read_lines(path: Path) -> list[str]:
    """The lines of a .jsonl file."""
    return path.read_text(encoding="utf-8").splitlines()


def examine(
    package: Path,
    model: Path,
    start_timeout_s: float,
    server_log: Path,
    wire: Wire,
    tell: Callable[[CaseResult], None] = lambda _: None,
) -> Examination:
    """Start a package and ask it everything; `tell` hears of each case.

    `wire` is what is sent of its model. Cases that the server's manifest excuses are not asked. Raises ServebenchError
    where the server dies, or answers no more.
    """
    manifest = read_json(package / MANIFEST)
    is_ours = wire.protocol == SERVEBENCH
    float32 = read_float32(model)
    # Several rows at once may be rounded otherwise than one by one, by a server that computes in float32.
    tolerance = TOLERANCE if float32 is None else float32.tolerance
    server_log.write_bytes(b"")
    with ProcessGroups() as groups:
        server = start_server(groups, launch_of_package(package, manifest, start_timeout_s), server_log)
        results = _case_results(server.port, model, manifest, tolerance, tell) if is_ours else []
        parity = check_parity(server.port, wire)
        if not server.is_alive():
            raise ServebenchError(f"check of {manifest['system']}: the server died; see {server_log}")
    health = check_health(server.health, manifest["model_hash"], manifest["definition"]["inference"])
    return Examination(
        contract=_contract(manifest) if is_ours else Contract.MINIMAL,
        health=server.health,
        health_failures=tuple(health) if is_ours else (),
        results=tuple(results),
        parity=tuple(parity),
        golden_answers=len(read_lines(wire.golden)),
        protocol=wire.protocol,
        float32=float32,
    )


def _case_results(
    port: int, model: Path, manifest: dict[str, Any], tolerance: float, tell: Callable[[CaseResult], None]
) -> list[CaseResult]:
    """What became of the contract's cases, on a row of the model's; `manifest` is the package's."""
    valid = ValidRow(json.loads(read_lines(model / PAYLOADS)[0])["features"], ModelContract.read(model))
    golden = json.loads(read_lines(model / GOLDEN)[0])
    excused, rows = manifest.get("excused_cases", []), RowsPerRequest(manifest.get("rows", RowsPerRequest.ONE))
    results = []
    cases = load_cases(_health_path(manifest))
    for case in cases_for(cases, valid, rows):
        failure = None
        if case.name not in excused:
            failure = run_case(port, valid, golden, case, cases[0].exchanges[0], tolerance)
        results.append(CaseResult(case, _contract(manifest), case.name in excused, failure))
        tell(results[-1])
        _refuse_silence(manifest["system"], results)
    return results


def _refuse_silence(system: str, results: Sequence[CaseResult]) -> None:
    """Raise ServebenchError where the last cases had no answer at all."""
    last = [result.failure for result in results[-MOST_SILENT:]]
    if len(last) == MOST_SILENT and all(failure is not None and failure.got == NO_ANSWER_IN_TIME for failure in last):
        names = ", ".join(result.case.name for result in results[-MOST_SILENT:])
        raise ServebenchError(
            f"check of {system}: its server accepts and does not answer ({names}): mend it, or delete its build folder "
            "where it was changed, and run again"
        )


def launch_of_package(package: Path, manifest: dict[str, Any], start_timeout_s: float) -> ServerLaunch:
    """How a package is started for a check: with one worker or thread, wherever the kernel puts it."""
    system = SystemDefinition.model_validate(manifest["definition"])
    return ServerLaunch(package, system.parallelism_option, 1, None, 1, start_timeout_s, _health_path(manifest))


def _contract(manifest: dict[str, Any]) -> Contract:
    return Contract(manifest.get("contract", Contract.FULL))


def _health_path(manifest: dict[str, Any]) -> str:
    return str(manifest.get("health_path", HEALTH_PATH))
