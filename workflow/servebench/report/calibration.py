"""The calibration in five lines: ceiling, truth, stall, meter, agreement; and what of it did not pass."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from servebench.paths import StudyPaths
from servebench.report.format import figure
from servebench.report.stage_file import read_stage_file
from servebench.words import CalibrationStatus


class _Calibration(BaseModel):
    model_config = ConfigDict(extra="allow")
    status: CalibrationStatus


def calibration_lines(paths: StudyPaths, generators: list[str]) -> list[str]:
    """The five lines, of what has been calibrated so far."""
    found = {name: _read(paths.calibration(name)) for name in generators}
    meter, agreement = _read(paths.meter_calibration), _read(paths.agreement_calibration)
    return [
        f"ceiling: {_of_each(found, 'ceiling', _ceiling)}",
        f"truth: {_of_each(found, 'truth', _truth)}",
        f"stall of 1 s: {_of_each(found, 'stall', _stall)}",
        f"meter: {verdict_of(meter)}{_texts(meter)}",
        f"agreement: {_agreement(agreement)}; intervals: {_coverage(_read(paths.interval_check))}",
    ]


def not_passed(paths: StudyPaths, generators: list[str]) -> list[str]:
    """Every check that did not pass, one clause each."""
    parts = [
        (f"{part} of {name}", _read(paths.calibration(name)).get(part))
        for name in generators
        for part in ("truth", "stall")
    ]
    parts += [("meter", _read(paths.meter_calibration)), ("agreement", _read(paths.agreement_calibration))]
    return [
        f"{name} {'failed' if check['is_decided'] else 'inconclusive'}: {check['text']}, allowed {check['tolerance']}"
        for name, part in parts
        if part
        for check in part.get("checks", [])
        if not check["passed"]
    ]


def generator_line(outcome: dict[str, Any]) -> str:
    """What came out of one generator's calibration."""
    name = outcome["generator"]
    if outcome["status"] != CalibrationStatus.MEASURED:
        return f"calibrated {name}: {verdict_of(outcome)}"
    parts = [f"ceiling {_ceiling(outcome['ceiling'])}"]
    parts += [f"{part} {verdict_of(outcome[part])}" for part in ("truth", "stall") if part in outcome]
    return f"calibrated {name}: {', '.join(parts)}"


def verdict_of(outcome: dict[str, Any]) -> str:
    """Passed, failed or inconclusive (how many of how many), or why there is nothing."""
    if outcome["status"] != CalibrationStatus.MEASURED:
        return (
            f"{CalibrationStatus.NOT_MEASURED} ({outcome['reason']})"
            if "reason" in outcome
            else CalibrationStatus.NOT_YET
        )
    if outcome["passed"]:
        return "passed"
    of = f"of {len(outcome['checks'])} checks"
    if outcome["failed"]:
        return f"FAILED in {outcome['failed']} {of}"
    return f"inconclusive in {sum(not check['passed'] for check in outcome['checks'])} {of}"


def _read(path: Path) -> dict[str, Any]:
    return read_stage_file(path, _Calibration).model_dump() if path.exists() else {"status": CalibrationStatus.NOT_YET}


def _of_each(found: dict[str, dict[str, Any]], part: str, text: Callable[[dict[str, Any]], str]) -> str:
    clauses = []
    for name, outcome in found.items():
        if outcome["status"] != CalibrationStatus.MEASURED:
            clauses.append(f"{name} {verdict_of(outcome)}")
        elif part in outcome:
            clauses.append(f"{name} {text(outcome[part])}")
    return "; ".join(clauses) or CalibrationStatus.NOT_YET


def _ceiling(part: dict[str, Any]) -> str:
    at_least = "" if part["is_ceiling"] else "≥ "
    return f"{at_least}{figure(part['throughput_rps'])} requests/s with {part['connections']} connections"


def _truth(part: dict[str, Any]) -> str:
    worst_us = max(abs(check["found"] - check["expected"]) for check in part["checks"]) * 1000
    return (
        f"{verdict_of(part)} in {part['rounds']} rounds, at most {figure(worst_us)} µs off "
        f"(allowed {part['tolerance']})"
    )


def _stall(part: dict[str, Any]) -> str:
    p99 = part["checks"][0]
    return (
        f"{verdict_of(part)}, p99 {figure(p99['found'])} ms for {figure(p99['expected'])} ms in an open loop "
        f"({figure(part['closed_loop_p99_ms'])} ms in a closed one)"
    )


def _texts(part: dict[str, Any]) -> str:
    return (
        f", {', '.join(check['text'] for check in part['checks'])}"
        if part["status"] == CalibrationStatus.MEASURED
        else ""
    )


def _agreement(part: dict[str, Any]) -> str:
    if part["status"] != CalibrationStatus.MEASURED:
        return verdict_of(part)
    pairs = dict.fromkeys(check["name"].split(" on ")[0] for check in part["checks"])
    absent = f" ({', '.join(part['absent'])} not here)" if part["absent"] else ""
    return f"{verdict_of(part)}, {', '.join(pairs)}{absent}"


def _coverage(part: dict[str, Any]) -> str:
    if part["status"] != CalibrationStatus.MEASURED:
        return verdict_of(part)
    verdict = "passed" if part["passed"] else "FAILED"
    return f"{part['share'] * 100:.1f} % of nominal 95 % hold the truth on the recorded spread ({verdict})"
