"""How often each of the three answers is given, and falsely, by the true ratio of two systems."""

from collections import Counter
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from servebench.analyse.contrast_verdicts import ContrastEvidence, contrast_verdict
from servebench.analyse.criteria import Criteria
from servebench.analyse.statistics import adjust_by_holm, p_within, paired_ratio
from servebench.simulate.noise import Noise, draw_noise
from servebench.simulate.studies import SPREAD, draw_study
from servebench.words import Comparable, ContrastWord, VerdictWord

TRUE_RATIOS = (1.0, 1.02, 1.05, 1.10)
# Two systems at 1 and two at the edge of the smallest effect: four of the six pairs are as hard as can be.
EDGE_SYSTEMS = (1.0, 1.0, 1.05, 1.05)
CAPACITIES = (VerdictWord.CAPACITY, VerdictWord.CAPACITY)


@dataclass(frozen=True)
class Answers:
    """Of the studies of a true ratio: the share of each answer, and of those that are false."""

    ratio: float
    noise: Noise
    blocks: int
    different: float
    same: float
    undecided: float

    @property
    def false(self) -> float:
        """Of answers that the true ratio does not bear out; at the edge the two are the same."""
        return self.different if self.ratio <= 1 + Criteria().smallest_effect else self.same


@dataclass(frozen=True)
class FamilyErrors:
    """The share of studies of four systems in which some pair is falsely called different."""

    noise: Noise
    by_intervals: float
    by_holm: float


def simulate_answers(ratio: float, noise: Noise, blocks: int, simulations: int, seed: int) -> Answers:
    """Judge so many studies of two systems of that ratio."""
    draw = np.random.default_rng(seed)
    words: Counter[ContrastWord] = Counter()
    for _ in range(simulations):
        interval = draw_study(draw, noise, blocks, ratio).contrast(blocks)
        words[contrast_verdict(ContrastEvidence(Comparable.CAPACITIES, interval, None, CAPACITIES)).word] += 1
    different, same, undecided = (
        words[word] / simulations for word in (ContrastWord.DIFFERENT, ContrastWord.SAME, ContrastWord.UNDECIDED)
    )
    return Answers(ratio, noise, blocks, different, same, undecided)


def simulate_family(noise: Noise, blocks: int, simulations: int, seed: int) -> FamilyErrors:
    """Judge so many studies of four systems, none of which differ by more than the smallest effect."""
    draw = np.random.default_rng(seed)
    found = [_false_claims(draw, noise, blocks) for _ in range(simulations)]
    by_intervals, by_holm = (float(value) for value in np.mean(found, axis=0))
    return FamilyErrors(noise, by_intervals, by_holm)


def _false_claims(draw: np.random.Generator, noise: Noise, blocks: int) -> tuple[bool, bool]:
    """Whether any of the six pairs is called different: by its interval alone, and after Holm's adjustment."""
    count = len(EDGE_SYSTEMS)
    figures = np.exp(draw_noise(noise, draw, blocks * count, SPREAD)).reshape(blocks, count)
    figures = draw.permuted(figures, axis=1) * EDGE_SYSTEMS
    pairs = [(list(figures[:, b]), list(figures[:, a])) for a, b in combinations(range(count), 2)]
    effect = Criteria().smallest_effect
    p_values = [p_within([float(np.log(x / y)) for x, y in zip(*pair, strict=True)], effect) or 0.0 for pair in pairs]
    words = [
        [_word(pair, None) for pair in pairs],
        [_word(pair, p) for pair, p in zip(pairs, adjust_by_holm(p_values), strict=True)],
    ]
    by_intervals, by_holm = (ContrastWord.DIFFERENT in of_pairs for of_pairs in words)
    return by_intervals, by_holm


def _word(pair: tuple[list[float], list[float]], p_holm: float | None) -> ContrastWord:
    evidence = ContrastEvidence(Comparable.CAPACITIES, paired_ratio(*pair), None, CAPACITIES, p_holm=p_holm)
    return contrast_verdict(evidence).word
