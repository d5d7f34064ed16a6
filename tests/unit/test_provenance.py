from servebench.files import read_json, write_json
from servebench.report.provenance import write_provenance
from support.trials import MACHINE, make_study, make_trial


def test_provenance_names_the_machine_that_measured_and_not_the_one_that_reports(tmp_path):
    study = tmp_path / "study"
    paths = make_study(study, [make_trial(study / "trials", "beast", 1, 1000.0)])
    write_json(paths.model("digits-boosting") / "manifest.json", {"seed": 1})
    write_provenance(paths)
    provenance = read_json(paths.provenance)
    assert provenance["machine"].items() >= MACHINE.items()
    assert provenance["models"] == {"digits-boosting": {"seed": 1}}
    assert set(provenance["sha256"]) >= {"trials.csv", "cells.csv", "contrasts.csv"}
