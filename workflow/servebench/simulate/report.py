"""The tables of `python -m servebench coverage`: each rule, tried on made-up studies."""

from servebench.analyse.criteria import Criteria
from servebench.report.format import confidence_text, markdown_table
from servebench.simulate.answers import TRUE_RATIOS, simulate_answers, simulate_family
from servebench.simulate.noise import CORRELATION, HEAVY_DEGREES, Noise
from servebench.simulate.retries import DISTURBED_SHARES, MEAN_TAKEN, simulate_retries
from servebench.simulate.stopping import every_rule, simulate_rule
from servebench.simulate.studies import SPREAD
from servebench.thresholds import LOOKS, MOST_RETRIES

SIMULATIONS = 4000
SEED = 1


def coverage_text(simulations: int = SIMULATIONS, seed: int = SEED) -> str:
    """All tables, with what they were made of."""
    return "\n\n".join(
        [
            f"{simulations:,} studies a line, seed {seed}. The trials of one system scatter by {SPREAD * 100:g} %; "
            f"correlated: {CORRELATION} between neighbours in time, one other trial between the repeats of a cell; "
            f"heavy-tailed: Student's t of {HEAVY_DEGREES} degrees of freedom.",
            "Intervals that hold the truth, by the rule that decides the repeats:",
            _stopping(simulations, seed),
            f"The three answers, for a smallest effect of {Criteria().smallest_effect * 100:g} %:",
            _answers(simulations, seed),
            "Four systems, none further apart than that: studies in which some pair is called different.",
            _families(simulations, seed),
            f"Disturbed windows, which lose {MEAN_TAKEN * 100:g} % in the mean, taken as they are, or made again:",
            _retries(simulations, seed),
        ]
    )


def _stopping(simulations: int, seed: int) -> str:
    rows = []
    for rule in every_rule():
        for noise in Noise:
            found = simulate_rule(rule, noise, simulations, seed)
            nominal = confidence_text(found.confidence)
            rows.append([found.rule, noise, nominal, _share(found.cells), _share(found.ratios), f"{found.blocks:.1f}"])
    return markdown_table(["rule", "noise", "nominal", "cells", "ratios", "mean blocks"], rows)


def _answers(simulations: int, seed: int) -> str:
    rows = []
    for ratio in TRUE_RATIOS:
        for blocks in LOOKS:
            for noise in Noise:
                found = simulate_answers(ratio, noise, blocks, simulations, seed)
                shares = [_share(value) for value in (found.different, found.same, found.undecided, found.false)]
                rows.append([f"{ratio:g}", str(blocks), noise, *shares])
    return markdown_table(["true ratio", "blocks", "noise", "different", "the same", "undecided", "false"], rows)


def _families(simulations: int, seed: int) -> str:
    rows = []
    for noise in Noise:
        found = simulate_family(noise, LOOKS[0], simulations, seed)
        rows.append([noise, _share(found.by_intervals), _share(found.by_holm)])
    return markdown_table(["noise", "by intervals alone", "after Holm"], rows)


def _retries(simulations: int, seed: int) -> str:
    rows = []
    for disturbed in DISTURBED_SHARES:
        for most_retries in (0, MOST_RETRIES):
            for noise in Noise:
                found = simulate_retries(noise, disturbed, most_retries, LOOKS[0], simulations, seed)
                rule = f"made again at most {most_retries} times" if most_retries else "taken as they are"
                rows.append([f"{disturbed * 100:g} %", rule, noise, f"{found.bias:+.1%}", _share(found.covered)])
    return markdown_table(["disturbed", "windows", "noise", "bias", "intervals that hold the truth"], rows)


def _share(value: float) -> str:
    return f"{value * 100:.1f} %"
