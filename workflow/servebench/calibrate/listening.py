"""Listening: a second in which this program spins on each CPU and does nothing else, to hear who else uses it."""

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from servebench.errors import ServebenchError
from servebench.files import write_json
from servebench.machine import read_topology
from servebench.thresholds import DISTURBED_SHARE
from servebench.trial.machine_lock import machine_lock
from servebench.words import CalibrationStatus

SPINNER = Path(__file__).with_name("spinner.py")
DURATION_S = 1.0
# A turn of the loop takes a tenth of a microsecond, the timer tick of a virtual machine 30: a CPU is lost for longer.
GAP_NS = 100_000
# Others that used less of a CPU than this are no news.
OTHERS_CORES = 0.01
MOST_OTHERS = 5
PATIENCE_S = 20.0


@dataclass(frozen=True)
class Other:
    """A process that used a CPU meanwhile; `cpu` is where it was seen last."""

    pid: int
    name: str
    cores: float
    cpu: int | None


@dataclass(frozen=True)
class Seen:
    """A process with the CPU seconds that it has used so far, and the CPU where it was seen."""

    name: str
    cpu_s: float
    cpu: int | None


@dataclass(frozen=True)
class Heard:
    """What a spinning loop missed on one CPU; `waited_share` is the run queue's part of it, where the system tells.

    The rest is interrupts, and what a hypervisor took.
    """

    cpu: int
    taken_share: float
    waited_share: float | None
    gaps: int
    gap_p99_ms: float | None
    gap_longest_ms: float | None


def listen(output: Path) -> dict[str, Any]:
    """Listen on every CPU that this process may use; writes and returns what was heard."""
    cpus = [cpu.number for cpu in read_topology()]
    with machine_lock("listening to the machine"):
        before = _read_processes()
        heard = _spin(cpus)
        others = others_between(before, _read_processes(), DURATION_S)
    outcome = {
        "status": CalibrationStatus.MEASURED,
        "duration_s": DURATION_S,
        "cpus": [asdict(one) for one in heard],
        "others": [asdict(other) for other in others],
        "disturbance": disturbance_of(heard, others),
    }
    write_json(output, outcome)
    return outcome


def refuse_disturbed(outcome: dict[str, Any]) -> None:
    """Raise ServebenchError where the machine is not quiet, for who asks for that."""
    if outcome["disturbance"] is not None:
        raise ServebenchError(
            f"quiet: the machine is not: {outcome['disturbance']}; end that, or measure with --config quiet=any"
        )


def disturbance_of(heard: list[Heard], others: list[Other]) -> str | None:
    """What makes this machine too disturbed to calibrate, as one clause; None where it is quiet."""
    worst = max(heard, key=lambda one: one.taken_share)
    if worst.taken_share <= DISTURBED_SHARE:
        return None
    text = f"CPU {worst.cpu} was taken for {worst.taken_share * 100:.0f} % of a second"
    if worst.waited_share is not None and worst.waited_share < worst.taken_share / 2:
        return f"{text}, mostly by the hypervisor or by interrupts"
    # Who competes with a spinner moves about: the one that was seen there goes before the one that used most.
    there = [other for other in others if other.cpu == worst.cpu] or others
    return f"{text}, mostly by process {there[0].name} (pid {there[0].pid})" if there else text


def _spin(cpus: list[int]) -> list[Heard]:
    command = [sys.executable, "-I", "-S", str(SPINNER)]
    spinners = [
        subprocess.Popen([*command, str(cpu), str(DURATION_S), str(GAP_NS)], stdout=subprocess.PIPE) for cpu in cpus
    ]
    try:
        printed = [spinner.communicate(timeout=PATIENCE_S)[0] for spinner in spinners]
    except subprocess.TimeoutExpired:
        raise ServebenchError("listening to the machine: a spinner did not end; is the machine overloaded?") from None
    finally:
        for spinner in spinners:
            spinner.kill()
            spinner.wait()
    return [heard_of(cpu, json.loads(text)) for cpu, text in zip(cpus, printed, strict=True)]


def heard_of(cpu: int, printed: dict[str, Any]) -> Heard:
    """What a spinner printed, as shares and milliseconds."""
    window_ns = DURATION_S * 1e9
    waited_ns, p99_ns, longest_ns = printed["waited_ns"], printed["p99_ns"], printed["longest_ns"]
    return Heard(
        cpu,
        printed["gaps_ns"] / window_ns,
        None if waited_ns is None else waited_ns / window_ns,
        printed["gaps"],
        None if p99_ns is None else p99_ns / 1e6,
        None if longest_ns is None else longest_ns / 1e6,
    )


def _read_processes() -> dict[int, Seen]:
    """Every process, by its number."""
    found = {}
    for process in psutil.process_iter():
        try:
            times = process.cpu_times()
            cpu = process.cpu_num() if hasattr(process, "cpu_num") else None
            found[process.pid] = Seen(process.name(), times.user + times.system, cpu)
        except psutil.Error:
            continue
    return found


def others_between(before: dict[int, Seen], after: dict[int, Seen], duration_s: float) -> list[Other]:
    """Who used a CPU between two readings, the greediest first; what has ended meanwhile is not seen."""
    used = [
        Other(pid, last.name, (last.cpu_s - (before[pid].cpu_s if pid in before else 0.0)) / duration_s, last.cpu)
        for pid, last in after.items()
    ]
    greedy = [other for other in used if other.cores >= OTHERS_CORES]
    return sorted(greedy, key=lambda other: -other.cores)[:MOST_OTHERS]
