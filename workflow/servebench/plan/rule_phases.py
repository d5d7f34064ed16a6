"""Which part of a run each of Snakemake's rules belongs to, as its job says it too."""

from collections import Counter
from collections.abc import Iterable

from servebench.words import Phase

PHASES = {
    Phase.PREPARE: ("train", "compile", "onnx", "render", "render_onnx"),
    Phase.BUILD: ("precompile", "build", "generator", "check", "check_rows"),
    Phase.CALIBRATE: ("listen", "calibrate_generator", "calibrate_meter", "calibrate_agreement"),
    Phase.TRIALS: ("trial",),
    Phase.REPORT: ("tables", "check_intervals", "plots", "summary", "provenance"),
}
# Whose jobs take no time to speak of, or are none; a block is its trials.
UNCOUNTED = ("compare", "all", "config", "calibrate", "block")


def count_jobs(rules: Iterable[str]) -> dict[Phase, int]:
    """How many jobs each phase has, from the rule of each job."""
    counted = Counter(rules)
    counts = {phase: sum(counted[name] for name in names) for phase, names in PHASES.items()}
    return {phase: count for phase, count in counts.items() if count}
