"""The calibration in a few plain sentences: how far the instrument is right here, and what of it is not."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from servebench.analyse.resolutions import stated_ms
from servebench.paths import StudyPaths
from servebench.report.format import figure, listed
from servebench.report.stage_file import read_stage_file
from servebench.words import CalibrationStatus


class _Calibration(BaseModel):
    model_config = ConfigDict(extra="allow")
    status: CalibrationStatus


def calibration_lines(paths: StudyPaths, generators: list[str]) -> list[str]:
    """What has been calibrated so far, a sentence a line; of several nodes that of each."""
    nodes, agreement = paths.on_each_node, _read(paths.agreement_calibration)
    *others, last = [f"{_on(seen, nodes)}{line}" for seen in nodes for line in _lines_of(seen, generators)]
    return [
        *others,
        f"{last}; intervals: {_coverage(_read(paths.interval_check))}",
        *([f"agreement: {_agreement(agreement)}"] if agreement["status"] != CalibrationStatus.NOT_YET else []),
    ]


def _host_lines(found: dict[str, dict[str, Any]]) -> list[str]:
    """What each generator did from each load host, where others than this machine send the load."""
    lines = [_host(name, host, parts) for name, outcome in found.items() for host, parts in _hosts(outcome).items()]
    return [f"load hosts: {'; '.join(lines)}"] if lines else []


def _hosts(outcome: dict[str, Any]) -> dict[str, dict[str, Any]]:
    hosts: dict[str, dict[str, Any]] = outcome.get("hosts", {})
    return hosts


def _host(name: str, host: str, parts: dict[str, Any]) -> str:
    text = f"{name} from {host} ceiling {_ceiling(parts['ceiling'])}"
    if "stall" in parts:
        text += f", stall {verdict_of(parts['stall'])}"
    if "added_ms" in parts:
        text += f", network and generator add {_percentiles(parts['added_ms'])}"
    return text


def _lines_of(paths: StudyPaths, generators: list[str]) -> list[str]:
    """Of one machine; that of its meter last."""
    found = {name: _read(paths.calibration(name)) for name in generators}
    meter, machine = _read(paths.meter_calibration), _read(paths.machine_calibration)
    return [
        *([machine_line(machine)] if machine["status"] == CalibrationStatus.MEASURED else []),
        f"latencies: {_of_each(found, 'truth', _truth)}",
        f"ceiling: {_of_each(found, 'ceiling', _ceiling)}; a stall of 1 s: {_of_each(found, 'stall', _stall)}",
        *_host_lines(found),
        f"meter: {verdict_of(meter)}{_texts(meter)}",
    ]


def _on(paths: StudyPaths, nodes: list[StudyPaths]) -> str:
    """Which node a line is of, where there are several."""
    return "" if len(nodes) == 1 else f"on {paths.node or 'a machine that no cluster placed'}: "


def disturbance(paths: StudyPaths) -> str | None:
    """What disturbed the machine before the study began, as a clause; None where nothing did, or nobody listened."""
    nodes = paths.on_each_node
    heard = [(seen, _read(seen.machine_calibration).get("disturbance")) for seen in nodes]
    return "; ".join(f"{_on(seen, nodes)}{text}" for seen, text in heard if text) or None


def machine_line(outcome: dict[str, Any]) -> str:
    """What was heard of the machine."""
    if outcome["disturbance"] is not None:
        return f"the machine is too disturbed to calibrate: {outcome['disturbance']}"
    worst = max((cpu["taken_share"] for cpu in outcome["cpus"]), default=0.0)
    return f"before the first measurement the machine was quiet: others took {figure(worst * 100)} % of a CPU at most"


def not_passed(paths: StudyPaths, generators: list[str]) -> list[str]:
    """Every check that did not pass, one clause each."""
    nodes = paths.on_each_node
    agreement = ("agreement", _read(paths.agreement_calibration))
    clauses = [f"{_on(seen, nodes)}{clause}" for seen in nodes for clause in _clauses(_parts_of(seen, generators))]
    return [*clauses, *_clauses([agreement])]


def _parts_of(paths: StudyPaths, generators: list[str]) -> list[tuple[str, dict[str, Any] | None]]:
    parts = [
        (f"{part} of {name}", _read(paths.calibration(name)).get(part))
        for name in generators
        for part in ("truth", "stall")
    ]
    parts += [
        (f"stall of {name} from {host}", found.get("stall"))
        for name in generators
        for host, found in _hosts(_read(paths.calibration(name))).items()
    ]
    return [*parts, ("meter", _read(paths.meter_calibration))]


def _clauses(parts: list[tuple[str, dict[str, Any] | None]]) -> list[str]:
    return [
        f"{name} {'failed' if check['is_decided'] else 'inconclusive'}: {check['text']}, allowed {check['tolerance']}"
        for name, part in parts
        if part and not _is_old_truth(name, part)
        for check in part.get("checks", [])
        if not check["passed"]
    ]


def _is_old_truth(name: str, part: dict[str, Any]) -> bool:
    """Before version 0.3 nothing told the machine's part of an error: it is a figure, and no failure."""
    return name.startswith("truth") and "resolution" not in part


def generator_line(outcome: dict[str, Any]) -> str:
    """What came out of one generator's calibration."""
    name = outcome["generator"]
    if outcome["status"] != CalibrationStatus.MEASURED:
        return f"calibrated {name}: {verdict_of(outcome)}"
    parts = [f"ceiling {_ceiling(outcome['ceiling'])}"]
    parts += [_truth(outcome["truth"])] if "truth" in outcome else []
    parts += [f"stall {verdict_of(outcome['stall'])}"] if "stall" in outcome else []
    parts += [_host(name, host, found) for host, found in _hosts(outcome).items()]
    return f"calibrated {name}: {'; '.join(parts)}"


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
    if "resolution" not in part:
        worst_us = max(abs(check["found"] - check["expected"]) for check in part["checks"]) * 1000
        return f"right to {figure(worst_us / 1000)} ms in {part['rounds']} rounds, the machine's part not told apart"
    beyond = f"after {figure(part['offset_ms'])} ms of its own a request " if part["offset_ms"] is not None else ""
    text = f"percentiles {beyond}are right to {_percentiles(stated_ms(part))} here"
    text += (
        f" (it was off by {_percentiles(part['resolution'])}, a bare client beside it by {_percentiles(part['floor'])})"
    )
    if part["is_disturbed"]:
        text += f" (others took a CPU in {part['rounds_disturbed']} of the runs)"
    if part["failed"]:
        text += f"; FAILED beyond that in {part['failed']} of {len(part['checks'])} checks"
    return text


def _percentiles(values_ms: Mapping[str, float | None]) -> str:
    """Such as `0.05 ms (p50), 0.1 ms (p90) and 0.3 ms (p99)`."""
    return listed([f"{figure(value, 2)} ms ({name.removesuffix('_ms')})" for name, value in values_ms.items()])


def _stall(part: dict[str, Any]) -> str:
    p99 = part["checks"][0]
    return f"{verdict_of(part)}, p99 {figure(p99['found'])} ms for {figure(p99['expected'])} ms in an open loop"


def _texts(part: dict[str, Any]) -> str:
    return (
        f", {', '.join(check['text'] for check in part['checks'])}"
        if part["status"] == CalibrationStatus.MEASURED
        else ""
    )


def _agreement(part: dict[str, Any]) -> str:
    """Of the pairs of generators what is decided."""
    if part["status"] != CalibrationStatus.MEASURED:
        return verdict_of(part)
    decided = [check for check in part["checks"] if check["is_decided"]]
    absent = f" ({', '.join(part['absent'])} not here)" if part["absent"] else ""
    if not decided:
        return f"not decided{absent}: run `make calibrate` on a quiet machine"
    pairs = dict.fromkeys(check["name"].split(" on ")[0] for check in decided)
    return f"{verdict_of(part)}, {', '.join(pairs)}{absent}"


def _coverage(part: dict[str, Any]) -> str:
    if part["status"] != CalibrationStatus.MEASURED:
        return verdict_of(part)
    verdict = "passed" if part["passed"] else "FAILED"
    return f"{part['share'] * 100:.1f} % of nominal 95 % hold the truth on the recorded spread ({verdict})"
