"""Whether generators that share no code find the same, by the comparison that `make calibrate` makes."""

import platform
import shutil

import pytest
from servebench.calibrate import agreement
from servebench.generator.abilities import Comparison
from servebench.paths import CACHE
from servebench.words import GeneratorKind
from support.quiet import undisturbed
from support.toolchain import HAS_COMPILER

pytestmark = pytest.mark.skipif(
    not HAS_COMPILER or platform.system() != "Linux", reason="the calibration's servers need Linux and a compiler"
)


@pytest.mark.parametrize(
    ("kind", "comparison", "off"),
    [
        pytest.param(
            GeneratorKind.WRK,
            Comparison.CLOSED,
            0.1,
            marks=pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not on the PATH"),
        ),
        (GeneratorKind.LOCUST, Comparison.THINKING, 0.25),
    ],
)
def test_generators_that_share_no_code_are_compared_on_two_servers(payloads, monkeypatch, kind, comparison, off):
    monkeypatch.setattr(agreement, "ROUNDS", 2)
    monkeypatch.setattr(agreement, "MOST_ROUNDS", 2)
    monkeypatch.setattr(agreement, "COMPARED", {kind: comparison})

    def disturbance(outcome):
        undecided = [check["text"] for check in outcome["checks"][:2] if check["found"] is None]
        return undecided[0] if undecided else None

    # Two rounds in which somebody else had the CPU leave no interval; a minute is spent on it once only.
    outcome = undisturbed(lambda _attempt: agreement.measure_agreement(payloads, CACHE), disturbance, tries=1)
    own = outcome["offsets_ms"][kind]
    p50 = f"p50 less its own {own:.2f} ms" if kind is GeneratorKind.LOCUST else "p50"
    assert [check["name"] for check in outcome["checks"]] == [
        f"{kind} / native on {target}, {figure}" for target in ("5 ms", "FastAPI") for figure in ("throughput", p50)
    ]
    for check in outcome["checks"][:2]:
        assert check["found"] == pytest.approx(1.0, abs=off)
