import math
import random

from servebench.analyse.interval_check import simulate_coverage, standard_deviations_of


def cells_of(draw, cells=12, repeats=5):
    return [[math.exp(draw() * (1 + cell)) for _ in range(repeats)] for cell in range(cells)]


def test_normal_noise_is_covered_as_promised():
    generator = random.Random(1)
    coverage = simulate_coverage(cells_of(lambda: generator.gauss(0, 0.02)), 5, 1)
    assert coverage.passed
    assert coverage.deviations == 60


def test_a_cell_of_two_tight_clusters_is_judged_by_its_own_shape():
    generator = random.Random(1)
    coverage = simulate_coverage(cells_of(lambda: 1.0 if generator.random() < 0.02 else 0.0, 200), 3, 1)
    # Rare outliers: most draws see none, and the interval has no width at all.
    assert not coverage.passed


def test_too_few_repeats_are_not_simulated():
    assert simulate_coverage([[1.0, 1.1, 1.2]], 3, 1) is None
    assert simulate_coverage(cells_of(lambda: 0.1), 5, 1) is None
    assert standard_deviations_of([[1.0, 2.0], [0.0, 1.0, 2.0]]) == []
