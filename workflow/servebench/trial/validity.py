"""Whether a window counts: one in which the machine was taken away, or that had no steady state, is made again."""

from collections.abc import Sequence

from servebench.thresholds import GENERATOR_WAITED, SERVER_WAITED, UNSTEADY
from servebench.trial.record import GeneratorFigures, ServerFigures


def disturbance(server: ServerFigures, generator: GeneratorFigures) -> str | None:
    """What took a CPU from the server or from the generator, as a clause; None where nothing is known to have."""
    if generator.run_queue_share is not None and generator.run_queue_share > GENERATOR_WAITED:
        return f"the generator waited for its CPU for {generator.run_queue_share:.1%} of the window"
    if generator.gap_share is not None and generator.gap_share > GENERATOR_WAITED:
        return f"something took the generator's CPU for {generator.gap_share:.1%} of the window"
    if server.run_queue_share is not None and server.run_queue_share > SERVER_WAITED:
        return f"the server waited for its CPU for {server.run_queue_share:.1%} of the window"
    return None


def unsteadiness(good_answers: Sequence[int]) -> str | None:
    """How far the halves of a closed loop's window are apart, from the good answers of its whole seconds, as a clause.

    None where they are near each other, or below two seconds; an odd second in the middle belongs to neither.
    """
    half = len(good_answers) // 2
    first, second = sum(good_answers[:half]), sum(good_answers[len(good_answers) - half :])
    if not half or not first + second:
        return None
    change = (second - first) / ((first + second) / 2)
    if abs(change) <= UNSTEADY:
        return None
    return f"no steady state: the second half brought {change:+.0%} against the first"
