"""A tiny study whose load comes from other hosts, through snakemake as a user calls it."""

import json

import pandas as pd
import yaml
from servebench.files import read_json
from support.checkout import Checkout
from support.processes import none_left

STUDY = {"study": "hosts", "systems": ["beast"], "generators": ["native-asleep"], "users": [4], "repeats": 1}


def test_a_study_is_planned_measured_and_reported(tmp_path, study_cache, hosts):
    checkout = Checkout(tmp_path / "checkout", study_cache)
    (checkout.folder / "config" / "hosts.yaml").write_text(yaml.safe_dump({**STUDY, **hosts.config}))
    files = ["--configfile", "config/smoke.yaml", "config/hosts.yaml"]
    done = checkout.snakemake("--cores", "2", *files)
    assert done.returncode == 0, done.stdout
    assert f"from       {', '.join(hosts.names)} to 198.18.0.1" in done.stdout
    assert f"native-asleep from {hosts.names[0]} ceiling " in done.stdout
    folder = checkout.folder / "results" / "hosts"
    trials = pd.read_csv(folder / "tables" / "trials.csv")
    assert list(trials["outcome"]) == ["measured"]
    assert trials["busiest_load_host"].isin(hosts.names).all()
    assert trials["generator_clock_error_ms"].gt(0).all()
    calibration = read_json(folder / "calibration" / "native-asleep.json")
    assert [*calibration["hosts"]] == hosts.names
    assert f"load hosts: {hosts.names[0]} (round trip" in (folder / "report.html").read_text()
    assert json.loads((folder / "provenance.json").read_text())
    # It is measured once: the same hosts are the same settings.
    assert "Nothing to be done" in checkout.snakemake("--cores", "2", *files).stdout
    assert none_left(str(tmp_path))
