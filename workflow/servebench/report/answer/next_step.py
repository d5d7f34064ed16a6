"""What to do where nothing answers, by what kept the systems from being ranked."""

from collections.abc import Sequence

from servebench.report.again import again_command
from servebench.report.answer.capacities import Standing
from servebench.thresholds import LEAST_REPEATS
from servebench.words import VerdictWord

QUIET = "quiet=required"
ENOUGH = f"at least {LEAST_REPEATS} repeats, and more than half of them, must be undisturbed"
DISTURBED = (VerdictWord.DISTURBED, VerdictWord.GENERATOR_LATE)


def next_step(standings: Sequence[Standing], study: str, disturbance: str | None) -> str:
    """One sentence; empty where nothing of ours helps. `disturbance` is what was heard before the first trial."""
    words = {standing.word for standing in standings if standing.word is not None}
    if not words:
        return f"Next: follow the remedies of what was not measured, then `make retry STUDY={study}`."
    if words.intersection(DISTURBED):
        others = "what took its CPUs (named above)" if disturbance else "what else runs on this machine"
        return (
            f"Next: end {others} and measure again as a new study with `{QUIET}`, which stops at once where it "
            f"is not quiet: `{again_command(study, QUIET)}`. Or give this study more `repeats`: {ENOUGH}."
        )
    if VerdictWord.BELOW_CAPACITY in words:
        return "Next: ask more `users`, until the server or the generator is at its limit."
    if VerdictWord.INCONCLUSIVE in words:
        return "Next: measure more `repeats`, longer windows (`duration_s`) or twice the `users`, as the reasons say."
    return ""
