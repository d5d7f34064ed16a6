"""Two studies compared by Snakemake, as a user calls it."""

import json

import pytest
from support.checkout import Checkout
from support.trials import make_study, make_trial


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A checkout with two small studies, the second of them slower."""
    found = Checkout(tmp_path_factory.mktemp("compare") / "checkout")
    for name, throughput in (("x", 1000.0), ("y", 500.0)):
        folder = found.folder / "results" / name
        results = [make_trial(folder / "trials", "crow", r, throughput * (1 + r / 1000)) for r in (1, 2, 3)]
        make_study(folder, results, study=name)
    return found


def test_two_studies_are_compared_once_and_again_only_if_one_of_them_changes(checkout):
    call = ("--cores", "1", "compare", "--config", "study_a=results/x", "study_b=results/y")
    done = checkout.snakemake(*call)
    assert done.returncode == 0, done.stdout
    assert "page:     results/compare-x-y/compare.html" in done.stdout
    assert "still to make" not in done.stdout
    comparison = json.loads((checkout.folder / "results/compare-x-y/compare.json").read_text())
    assert (comparison["a"]["study"], comparison["b"]["study"]) == ("x", "y")
    assert "Nothing to be done" in checkout.snakemake(*call).stdout
    # Snakemake looks at what stands in small files, not at their times.
    table = checkout.folder / "results/y/tables/trials.csv"
    table.write_text(f"{table.read_text()}\n")
    assert "Nothing to be done" not in checkout.snakemake(*call, "-n").stdout


def test_what_cannot_be_compared_is_said_in_a_line(checkout):
    unnamed = "servebench: compare: study_a and study_b not given: name two studies' folders, "
    missing = "results/z/config.yaml is missing: `make report STUDY=z` makes it\n"
    for entries, line in (([], unnamed), (["study_a=results/x", "study_b=results/z"], missing)):
        done = checkout.snakemake("--cores", "1", "compare", *(["--config", *entries] if entries else []))
        assert done.returncode != 0
        assert line in done.stdout
        assert "Traceback" not in done.stdout
