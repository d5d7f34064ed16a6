"""Whether a window counts: one in which the machine was taken away, or that had no steady state, is made again."""

from collections.abc import Sequence

from servebench.load_point import parse_load_point
from servebench.thresholds import (
    GENERATOR_WAITED,
    GENERATOR_WAITED_OF_FULL_SERVER,
    IDLE_CPUS,
    SATURATED,
    SERVER_WAITED,
    STOOD_STILL_MS,
    UNSTEADY,
)
from servebench.trial.record import GeneratorFigures, ServerFigures, TrialRecord
from servebench.words import Outcome

# Halves of few answers differ by chance: so many standard deviations of a Poisson count are none of the server's.
CHANCE_DEVIATIONS = 3.0


def window_fault(record: TrialRecord, good_answers: Sequence[int]) -> str | None:
    """Why a trial's window does not count, as a clause; None where it does. `good_answers` are of its seconds.

    What the server does is a result: one that died counts, and no steadiness is asked of one that answered errors.
    """
    load = record.load
    if record.outcome is not Outcome.MEASURED or load is None or record.server is None or record.generator is None:
        return None
    disturbed = disturbance(record.server, record.generator)
    if disturbed is not None or load.errors or parse_load_point(record.key.load_point).is_open:
        return disturbed
    return unsteadiness(good_answers[: int(load.window_s)])


def disturbance(server: ServerFigures, generator: GeneratorFigures) -> str | None:
    """What took a CPU from the server or from the generator, as a clause; None where nothing is known to have."""
    return generator_disturbance(server, generator) or server_disturbance(server, generator)


def generator_disturbance(server: ServerFigures, generator: GeneratorFigures) -> str | None:
    """What took a CPU from the generator; one at its limit waits by itself, and making it again helps nothing."""
    if generator.harness_late_ms is not None and generator.harness_late_ms > STOOD_STILL_MS:
        return f"everything stood still for {generator.harness_late_ms / 1000:.1f} s of the window"
    if _share_cpus(server, generator) or generator.cpu_utilization >= SATURATED:
        return None
    most = GENERATOR_WAITED_OF_FULL_SERVER if _is_never_idle(server) else GENERATOR_WAITED
    if generator.run_queue_share is not None and generator.run_queue_share > most:
        return f"the generator waited for its CPU for {generator.run_queue_share:.1%} of the window"
    if generator.gap_share is not None and generator.gap_share > most:
        return f"something took the generator's CPU for {generator.gap_share:.1%} of the window"
    return None


def server_disturbance(server: ServerFigures, generator: GeneratorFigures) -> str | None:
    """What took a CPU from the server."""
    if _share_cpus(server, generator):
        return None
    if server.run_queue_share is not None and server.run_queue_share > SERVER_WAITED:
        return f"the server waited for its CPU for {server.run_queue_share:.1%} of the window"
    return None


def _is_never_idle(server: ServerFigures) -> bool:
    """Whether all its CPUs had work for the whole window, as far as is known."""
    return server.cpus_idle_share is not None and server.cpus_idle_share <= IDLE_CPUS


def _share_cpus(server: ServerFigures, generator: GeneratorFigures) -> bool:
    """Whether they wait for each other by design."""
    return bool(set(server.affinity or ()) & set(generator.affinity or ()))


def unsteadiness(good_answers: Sequence[int]) -> str | None:
    """How far the halves of a closed loop's window are apart, from the good answers of its whole seconds, as a clause.

    None where they are near each other, or no farther apart than chance would bring them, or below two seconds; an odd
    second in the middle belongs to neither.
    """
    half = len(good_answers) // 2
    first, second = sum(good_answers[:half]), sum(good_answers[len(good_answers) - half :])
    if not half or not first + second:
        return None
    change = (second - first) / ((first + second) / 2)
    by_chance = CHANCE_DEVIATIONS * (first + second) ** 0.5
    if abs(change) <= UNSTEADY or abs(second - first) <= by_chance:
        return None
    return f"no steady state: the second half brought {change:+.0%} against the first"
