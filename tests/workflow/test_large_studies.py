"""What Snakemake makes of a study that is complete, and of one that grows: forged, so that nothing is measured."""

import re

from servebench.bench_analysis.__main__ import NOTHING_SAID, RECORDED
from servebench.bench_analysis.checkout import Checkout
from servebench.bench_analysis.forge import Recorded, forge_study, forged_config
from servebench.bench_analysis.size import Size


def test_one_repeat_more_measures_only_that_repeat(tmp_path):
    recorded = Recorded.unpacked(RECORDED.archive, tmp_path / "recorded")
    size = Size(systems=3, loads=2, repeats=2)
    config = forged_config(recorded, "grown", size)
    checkout = Checkout.make(tmp_path / "checkout", config)
    forge_study(recorded, config, size, checkout.study)
    checkout.complete()
    assert NOTHING_SAID in checkout.snakemake("--dry-run", "--quiet", "host")[1]
    _, said = checkout.snakemake("--dry-run", "--quiet", "host", "--config", "repeats=3")
    assert re.search(r"^trial +6$", said, re.MULTILINE), said
    assert re.search(r"^tables +1$", said, re.MULTILINE), said
    # Neither a build nor a calibration is made again.
    assert not re.search(r"^(?:build|train|listen|calibrate\w*) +\d+$", said, re.MULTILINE), said
    # What Snakemake keeps of an output stays small: the packages of its environment are not in it.
    of_trials = [path for path in checkout.records.rglob("*") if path.is_file()]
    assert len(of_trials) > 4 * size.trials
    assert max(path.stat().st_size for path in of_trials) < 60_000
