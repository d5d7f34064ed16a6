"""A tiny real study that wishes a precision, through snakemake."""

import json

from servebench.paths import REPOSITORY
from support.checkout import Checkout

ARGUMENTS = ["--cores", "2", "--configfile", "config/smoke.yaml", "--config", "systems=[fastapi-compiled]", "users=[1]"]


def test_a_study_stops_at_the_look_that_is_precise_and_measures_no_other_precision(tmp_path, study_cache):
    checkout = Checkout(tmp_path / "checkout", study_cache)
    wide = [*ARGUMENTS, "precision=99%", "study=looks"]
    done = checkout.snakemake(*wide)
    assert done.returncode == 0, done.stdout
    assert "looks      done after " in done.stdout
    study = checkout.folder / "results/looks"
    records = [json.loads(path.read_text()) for path in study.glob("trials/*/*/*/*/*/result.json")]
    outcomes = {record["key"]["repeat"]: record["outcome"] for record in records}
    assert outcomes == {repeat: "measured" if repeat <= 5 else "not needed" for repeat in range(1, 41)}
    assert done.stdout.count("not needed: precision of 99 % reached after 5 blocks") == 1
    assert "; reached after 5 blocks." in (study / "report.html").read_text()
    assert "Nothing to be done" in checkout.snakemake(*wide).stdout
    done = checkout.snakemake(*ARGUMENTS, "precision=50%", "study=looks")
    assert done.returncode == 1
    assert "has stopped after 5 blocks, at a precision of 99%, the config now says 50%" in done.stdout
    # Nothing of it is written where the code stands.
    assert not (REPOSITORY / "results/looks").exists()
