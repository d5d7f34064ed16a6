"""A tiny real study of a user's own model: one line, a pipeline on texts and missing values, labels that are words."""

import json

import pytest
from servebench.paths import REPOSITORY
from sklearn.linear_model import LogisticRegression
from support.checkout import Checkout
from support.own_models import churn_table, save_churn, save_model, save_onnx

FILES = ["study=churn", "model=models/churn.joblib", "sample=models/churn.csv"]
ARGUMENTS = ["--cores", "2", "--configfile", "config/smoke.yaml", "--config", *FILES]
SMALL = ["systems=[fastapi,fastapi-compiled]", "users=[1]", "rows=[1,8]", "repeats=1"]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory, study_cache):
    made = Checkout(tmp_path_factory.mktemp("workflow") / "checkout", study_cache)
    save_churn(made.folder / "models")
    return made


@pytest.fixture(scope="module")
def study(checkout):
    done = checkout.snakemake(*ARGUMENTS, *SMALL)
    assert done.returncode == 0, done.stdout
    return checkout.folder / "results/churn", done.stdout


def test_the_file_is_said_to_be_code_and_measured_alone(study):
    folder, output = study
    assert "read models/churn.joblib: it is a pickle, and ran as code; written by scikit-learn" in output
    assert [path.name for path in (folder / "models").iterdir()] == ["churn"]
    record = json.loads((folder / "trials/churn/fastapi/native/users-1/1/result.json").read_text())
    assert record["outcome"] == "measured"
    assert sum(record["load"]["errors"].values()) == 0
    assert record["load"]["answers_checked"] > 0
    assert record["settings"]["model"]["path"] == "models/churn.joblib"


def test_what_cannot_take_the_model_is_not_measured_with_what_can(study):
    text = (study[0] / "summary.md").read_text()
    assert "**fastapi-compiled** (churn) was not measured: the compiled inference has no OneHotEncoder of texts" in text
    assert "inference sklearn, which takes it" in text


def test_eight_rows_a_request_are_checked_and_measured_beside_one(study):
    folder, _ = study
    checked = json.loads((folder / "check/churn/fastapi/rows-8.json").read_text())
    assert (checked["status"], checked["golden_answers"]) == ("passed", 125)
    records = {rows: folder / f"trials/churn/fastapi/native/users-1{rows}/1/result.json" for rows in ("", "-rows-8")}
    one, eight = (json.loads(path.read_text()) for path in records.values())
    assert eight["load"]["errors"] == {}
    assert eight["load"]["answers_checked"] > 0
    # The estimator is asked once for all eight: by its own CPU, which nobody beside it takes.
    assert eight["server"]["cpu_us_per_request"] < 4 * one["server"]["cpu_us_per_request"]
    page = (folder / "report.html").read_text()
    assert ">1 row a request<" in page
    assert ">8 rows a request<" in page
    assert (folder / "plots/rows_per_second.svg").stat().st_size > 0


def test_an_onnx_file_is_measured_by_the_inference_that_takes_it(checkout):
    save_onnx(checkout.folder / "models")
    files = ["study=onnx", "model=models/m.onnx", "sample=models/m.csv"]
    small = ["systems=[fastapi-onnx,fastapi]", "users=[1]", "repeats=1"]
    done = checkout.snakemake(*ARGUMENTS[:5], *files, *small)
    assert done.returncode == 0, done.stdout
    folder = checkout.folder / "results/onnx"
    record = json.loads((folder / "trials/m/fastapi-onnx/native/users-1/1/result.json").read_text())
    assert record["outcome"] == "measured"
    assert sum(record["load"]["errors"].values()) == 0
    assert record["load"]["answers_checked"] > 0
    text = (folder / "summary.md").read_text()
    assert "**fastapi** (m) was not measured: the sklearn inference takes no .onnx file" in text
    page = (folder / "report.html").read_text()
    assert "<code>fastapi-onnx</code> (m): within 1e-05 of the estimator (float32), 0 of 10,000 labels flip" in page


def test_a_touched_file_is_not_read_again_and_a_changed_one_is_refused(study, checkout):
    before = checkout.results("churn")
    sample = checkout.folder / "models/churn.csv"
    sample.touch()
    assert "Nothing to be done" in checkout.snakemake(*ARGUMENTS, *SMALL).stdout
    kept = sample.read_bytes()
    churn_table().head(60).to_csv(sample, index=False)
    done = checkout.snakemake(*ARGUMENTS, *SMALL)
    sample.write_bytes(kept)
    assert done.returncode != 0
    assert "has trials that were measured before models/churn.csv changed" in done.stdout
    assert "Traceback" not in done.stdout
    assert checkout.results("churn") == before


def test_a_file_that_is_no_model_ends_the_study_in_one_line_before_anything_is_measured(checkout):
    definition = save_model(checkout.folder / "models/unfitted", LogisticRegression(), churn_table()[["calls"]])
    files = ["study=unfitted", f"model={definition.path}", f"sample={definition.sample}"]
    done = checkout.snakemake(*ARGUMENTS[:5], *files, *SMALL)
    assert done.returncode == 1
    reason = f"{definition.path} is not fitted: save the estimator after its fit"
    assert f"servebench: {reason}" in done.stdout.splitlines()
    assert done.stdout.splitlines()[-1].startswith(f"servebench: the study is not complete because {reason}; ")
    assert "RuleException" not in done.stdout
    assert "Traceback" not in done.stdout
    assert not (checkout.folder / "results/unfitted/check").exists()


def test_a_file_that_is_not_there_is_one_line(checkout):
    done = checkout.snakemake("-n", *ARGUMENTS[:-1], "sample=models/none.csv")
    assert done.returncode == 1
    line = "servebench: config: model_catalogue.churn.sample: no file models/none.csv: paths begin"
    assert line in done.stdout
    assert not (REPOSITORY / "results/churn").exists()
