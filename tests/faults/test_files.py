"""Files of a finished study, cut or edited by hand: said in a line, not used, and nothing measured is overwritten."""

import os
import subprocess

import pytest
from support.calibrations import make_trusting_cache
from support.checkout import Checkout

STUDY = "results/smoke"
TRIAL = f"{STUDY}/trials/cancer-logistic/fastapi-compiled/native/users-1/1"
ARGUMENTS = ["--cores", "2", "--configfile", "config/smoke.yaml", "--config", "systems=[fastapi-compiled]", "users=[1]"]
ARGUMENTS += ["repeats=1"]
MADE = ["tables/trials.csv", "tables/cells.csv", "tables/contrasts.csv", "conclusions.json"]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory, cancer_model):
    """The checkout of the smallest study, which is complete; its calibrations are taken on trust."""
    cache = make_trusting_cache(tmp_path_factory.mktemp("cache"), cancer_model / "payloads.jsonl")
    checkout = Checkout(tmp_path_factory.mktemp("files") / "checkout", cache)
    done = checkout.snakemake(*ARGUMENTS)
    assert done.returncode == 0, done.stdout
    return checkout


@pytest.fixture
def whole(checkout):
    """The study; afterwards it is as it was."""
    root = checkout.folder / STUDY
    kept = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in root.rglob("*") if path.is_file()}
    yield root
    for path in root.rglob("*"):
        if path.is_file() and path not in kept:
            path.unlink()
    for path, (data, at_ns) in kept.items():
        if not path.exists() or path.read_bytes() != data or path.stat().st_mtime_ns != at_ns:
            path.write_bytes(data)
            os.utime(path, ns=(at_ns, at_ns))


def report(checkout):
    return checkout.servebench("report", "smoke")


def said(done):
    """The one line that tells; a traceback on the terminal is none."""
    assert "Traceback" not in done.stdout, done.stdout
    lines = [line for line in done.stdout.splitlines() if line.startswith("servebench: ")]
    assert lines, done.stdout
    return lines[0]


def cut(data):
    return data[: len(data) // 2]


def edit(data):
    """Another digit, as a hand would write it."""
    at = next(place for place in range(len(data) // 2, len(data)) if data[place : place + 1] in b"123456789")
    return data[:at] + (b"1" if data[at : at + 1] != b"1" else b"2") + data[at + 1 :]


FOLDERS = ("models", "wire", "build", "generators")
FILES = [
    "models/cancer-logistic/model.joblib",
    "models/cancer-logistic/manifest.json",
    "models/cancer-logistic/compiled/manifest.json",
    "wire/cancer-logistic/servebench-1/payloads.jsonl",
    "build/cancer-logistic/fastapi-compiled/manifest.json",
    "generators/native/manifest.json",
]


@pytest.mark.parametrize("change", [cut, edit])
@pytest.mark.parametrize("name", FILES)
def test_what_trials_were_made_with_is_never_made_again_behind_their_back(whole, checkout, name, change):
    path = whole / name
    path.write_bytes(change(path.read_bytes()))
    changed, trials = path.read_bytes(), checkout.results("smoke")
    # One repeat more is to be made of it.
    done = checkout.snakemake(*ARGUMENTS[:-1], "repeats=2")
    assert done.returncode != 0
    assert name in said(done)
    assert "put it back" in said(done)
    assert path.read_bytes() == changed
    assert checkout.results("smoke") == trials


@pytest.mark.parametrize("change", [cut, edit])
@pytest.mark.parametrize("name", ["result.json", "latency.hlog", "series.csv", "resources.csv"])
def test_a_raw_trial_is_not_used_and_not_overwritten(whole, checkout, name, change):
    path = checkout.folder / TRIAL / name
    path.write_bytes(change(path.read_bytes()))
    changed = path.read_bytes()
    # Where nothing is to be made nothing is read either.
    done = checkout.snakemake(*ARGUMENTS)
    assert "Nothing to be done" in done.stdout or name in said(done)
    assert path.read_bytes() == changed
    done = report(checkout)
    assert done.returncode != 0
    assert name in said(done)
    assert "delete" in said(done)
    assert path.read_bytes() == changed


def test_put_back_everything_is_as_without_the_fault(whole, checkout):
    made = [(whole / other).read_bytes() for other in MADE]
    path = checkout.folder / TRIAL / "result.json"
    data = path.read_bytes()
    path.write_bytes(cut(data))
    assert checkout.snakemake(*ARGUMENTS).returncode != 0
    path.write_bytes(data)
    done = checkout.snakemake(*ARGUMENTS)
    assert done.returncode == 0, done.stdout
    assert [(whole / other).read_bytes() for other in MADE] == made


@pytest.mark.parametrize("change", [cut, edit])
@pytest.mark.parametrize("name", ["tables/cells.parquet", "tables/trials.csv"])
def test_a_table_is_not_used_and_made_again_as_it_was(whole, checkout, name, change):
    path = whole / name
    data = path.read_bytes()
    path.write_bytes(change(data))
    (whole / "summary.md").unlink()
    done = checkout.snakemake(*ARGUMENTS)
    assert done.returncode != 0
    assert name in said(done)
    assert "`make report STUDY=smoke`" in said(done)
    done = report(checkout)
    assert done.returncode == 0, done.stdout
    assert path.read_bytes() == data


def test_a_study_of_before_there_were_hashes_is_read(whole, checkout):
    trials = checkout.results("smoke")
    for path in whole.rglob("SHA256SUMS"):
        path.unlink()
    assert "Nothing to be done" in checkout.snakemake(*ARGUMENTS).stdout
    assert report(checkout).returncode == 0
    assert checkout.results("smoke") == trials


@pytest.mark.parametrize(
    "name", ["calibration/native.json", "calibration/server_meter.json", "check/cancer-logistic/fastapi-compiled.json"]
)
def test_a_cut_calibration_or_check_is_one_line(whole, checkout, name):
    path = whole / name
    path.write_bytes(cut(path.read_bytes()))
    done = report(checkout)
    assert done.returncode != 0
    assert name in said(done)


def test_the_lists_are_those_of_sha256sum(whole):
    lists = sorted(whole.rglob("SHA256SUMS"))
    assert {path.parent.relative_to(whole).parts[0] for path in lists} == {*FOLDERS, "tables", "trials"}
    for path in lists:
        subprocess.run(["sha256sum", "--check", "--strict", "--quiet", path.name], cwd=path.parent, check=True)


def test_a_cut_journal_costs_nothing(whole, checkout):
    path = whole / "journal.jsonl"
    path.write_bytes(cut(path.read_bytes()))
    assert report(checkout).returncode == 0
    assert "Nothing to be done" in checkout.snakemake(*ARGUMENTS).stdout
