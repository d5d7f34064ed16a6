"""How often intervals hold the truth, by the rule that decides the number of repeats."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from servebench.analyse.criteria import Criteria
from servebench.looks import first_precise_look
from servebench.simulate.noise import Noise
from servebench.simulate.studies import SPREAD, Study, draw_study
from servebench.thresholds import LEAST_REPEATS, LOOKS

# Of how many trials' spreads half an interval is wished: at 1 most studies need the second look.
WISHED_SPREADS = 1.0


@dataclass(frozen=True)
class Rule:
    """How many blocks a study gets, and the confidence of its intervals then."""

    name: str
    confidence: float
    stop: Callable[[Study], int]


@dataclass(frozen=True)
class RuleCoverage:
    """The shares of the intervals of cells and of ratios that hold the truth, and the mean number of blocks."""

    rule: str
    noise: Noise
    confidence: float
    cells: float
    ratios: float
    blocks: float


def fixed(blocks: int) -> Rule:
    """So many blocks, whatever comes."""
    return Rule(f"{blocks} blocks", Criteria().confidence, lambda _: blocks)


def looks(precision: float) -> Rule:
    """The looks of a wished precision: as narrow as that, or the last look."""
    criteria = Criteria(precision=precision)

    def is_precise(study: Study, blocks: int) -> bool:
        cell, contrast = study.cell(blocks, criteria.confidence), study.contrast(blocks, criteria.confidence)
        widths = [cell.half_width, contrast.half_width]
        return all(width is not None and width <= precision for width in widths)

    def stop(study: Study) -> int:
        return first_precise_look(LOOKS[-1] + 1, lambda blocks: is_precise(study, blocks)) or LOOKS[-1]

    return Rule(f"looks after {', '.join(map(str, LOOKS))} blocks", criteria.confidence, stop)


def until_it_differs() -> Rule:
    """The rule that nobody should use: one more block until the interval of the ratio excludes 1."""

    def stop(study: Study) -> int:
        for blocks in range(LEAST_REPEATS + 2, LOOKS[-1]):
            contrast = study.contrast(blocks)
            assert contrast.low is not None
            assert contrast.high is not None
            if not contrast.low <= 1 <= contrast.high:
                return blocks
        return LOOKS[-1]

    return Rule("until it differs", Criteria().confidence, stop)


def simulate_rule(rule: Rule, noise: Noise, simulations: int, seed: int) -> RuleCoverage:
    """Make so many studies of two systems that are the same, and stop each by the rule."""
    draw = np.random.default_rng(seed)
    found = []
    for _ in range(simulations):
        study = draw_study(draw, noise, LOOKS[-1])
        blocks = rule.stop(study)
        found.append((*study.covers(blocks, rule.confidence), blocks))
    cells, ratios, blocks_mean = (float(value) for value in np.mean(found, axis=0))
    return RuleCoverage(rule.name, noise, rule.confidence, cells, ratios, blocks_mean)


def every_rule() -> list[Rule]:
    """What the table shows."""
    return [*(fixed(blocks) for blocks in (3, *LOOKS)), looks(WISHED_SPREADS * SPREAD), until_it_differs()]
