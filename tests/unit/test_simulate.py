import numpy as np
import pytest
from servebench.simulate.answers import TRUE_RATIOS, simulate_answers, simulate_family
from servebench.simulate.noise import CORRELATION, Noise, draw_noise
from servebench.simulate.report import coverage_text
from servebench.simulate.retries import simulate_retries
from servebench.simulate.stopping import fixed, looks, simulate_rule, until_it_differs
from servebench.simulate.studies import SPREAD

SIMULATIONS = 1500


@pytest.mark.parametrize("kind", Noise)
def test_noise_has_its_spread_and_only_correlated_noise_a_memory(kind):
    values = draw_noise(kind, np.random.default_rng(1), 40_000, 0.1)
    assert np.mean(values) == pytest.approx(0.0, abs=0.005)
    assert np.std(values) == pytest.approx(0.1, rel=0.1)
    memory = np.corrcoef(values[1:], values[:-1])[0, 1]
    assert memory == pytest.approx(CORRELATION if kind is Noise.CORRELATED else 0.0, abs=0.02)


@pytest.mark.parametrize("noise", Noise)
@pytest.mark.parametrize("blocks", [3, 5])
def test_intervals_of_fixed_blocks_hold_the_truth_as_promised(blocks, noise):
    found = simulate_rule(fixed(blocks), noise, SIMULATIONS, 1)
    assert found.ratios == pytest.approx(0.955, abs=0.025)
    # The repeats of a cell are no neighbours, but they are correlated through those between them.
    assert found.cells == pytest.approx(0.93 if noise is Noise.CORRELATED else 0.96, abs=0.025)


@pytest.mark.parametrize("noise", Noise)
def test_looks_at_widths_alone_keep_the_promise(noise):
    found = simulate_rule(looks(SPREAD), noise, SIMULATIONS, 1)
    assert 5 < found.blocks < 40
    assert found.ratios > 0.97
    assert found.cells > 0.95


def test_repeats_until_two_systems_differ_break_it():
    assert simulate_rule(until_it_differs(), Noise.NORMAL, 500, 1).ratios < 0.88


@pytest.mark.parametrize("ratio", TRUE_RATIOS)
@pytest.mark.parametrize("blocks", [5, 15])
def test_an_answer_is_false_in_one_study_of_twenty_at_most(ratio, blocks):
    found = simulate_answers(ratio, Noise.NORMAL, blocks, SIMULATIONS, 1)
    assert found.false < 0.05
    assert found.different + found.same + found.undecided == pytest.approx(1.0)


def test_enough_blocks_decide():
    assert simulate_answers(1.0, Noise.NORMAL, 40, 300, 1).same > 0.95
    assert simulate_answers(1.10, Noise.NORMAL, 40, 300, 1).different > 0.95


def test_holm_keeps_the_promise_for_all_pairs_together():
    found = simulate_family(Noise.NORMAL, 5, SIMULATIONS, 1)
    assert found.by_holm < 0.05 < found.by_intervals


@pytest.mark.parametrize("noise", Noise)
def test_windows_made_again_take_the_bias_away(noise):
    taken, again = (simulate_retries(noise, 0.3, retries, 5, SIMULATIONS, 1) for retries in (0, 2))
    assert taken.bias < -0.03
    assert abs(again.bias) < 0.01
    assert again.covered > 0.88
    assert again.covered > simulate_retries(noise, 0.3, 0, 40, 300, 1).covered


def test_the_tables_say_what_they_were_made_of():
    text = coverage_text(20, 7)
    assert text.startswith("20 studies a line, seed 7.")
    assert text == coverage_text(20, 7)
