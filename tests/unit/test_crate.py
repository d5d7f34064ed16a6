"""A study as one file to cite: what is in it, that it conforms to its profile, and that a change is found."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest
from servebench.analyse.tables import write_tables
from servebench.archive.container import read_container, sha256, write_container
from servebench.archive.make import make_archive
from servebench.archive.verify import verify_archive
from servebench.errors import ServebenchError
from servebench.files import write_json, write_text
from servebench.paths import HASHES, METADATA, REPOSITORY, StudyPaths
from servebench.report.provenance import installed_packages
from support.crate import validate
from support.trials import make_study, make_trial

DIED = {"outcome": "server died", "reason": "it ended with code 1"}


def quick_report(paths: StudyPaths) -> None:
    """A report in milliseconds: the real tables, and a line for each of the others."""
    write_tables(sorted(paths.root.glob("trials/**/result.json")), paths.tables)
    trials = (paths.tables / "trials.csv").read_text()
    for name in ("plots/order.svg", "summary.md", "report.html"):
        write_text(paths.root / name, f"{name} of {len(trials)} characters")
    write_json(paths.provenance, {"python": "3.11.7", "packages": installed_packages() | {"altair": "1.0"}})


@pytest.fixture(autouse=True)
def quickly(monkeypatch):
    monkeypatch.setattr("servebench.archive.rebuild.write_report", quick_report)


def study_in(folder: Path) -> StudyPaths:
    paths = StudyPaths(folder)
    results = [make_trial(folder / "trials", "beast", repeat, 1000.0) for repeat in (1, 2, 3)]
    results.append(make_trial(folder / "trials", "crow", 1, 1000.0, **DIED))
    results.append(make_trial(folder / "trials", "fastapi", 1))
    make_study(folder, results)
    key = {"model": "m", "system": "beast", "generator": "locust", "load_point": "users-64", "repeat": 1}
    write_text(paths.journal, json.dumps({**key, "ended_unix_s": 1.5}) + "\n")
    write_json(paths.build("m", "beast") / "manifest.json", {"interpreter": f"{REPOSITORY}/.venv/bin/python"})
    return paths


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A study with its archive, made once."""
    paths = study_in(tmp_path_factory.mktemp("results") / "study")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("servebench.archive.rebuild.write_report", quick_report)
        make_archive(paths)
    return paths


@pytest.fixture
def archive(study, tmp_path):
    """A copy of it, to be changed."""
    return Path(shutil.copy(study.crate, tmp_path))


def entities(archive):
    return {entity["@id"]: entity for entity in json.loads(read_container(archive)[METADATA])["@graph"]}


def test_the_archive_of_a_study_has_the_same_bytes_wherever_it_stands(archive, tmp_path):
    other = study_in(tmp_path / "elsewhere" / "study")
    make_archive(other)
    assert other.crate.read_bytes() == archive.read_bytes()


def test_it_holds_what_a_study_is_cited_by_and_not_where_it_was_made(archive, study):
    files = read_container(archive)
    assert {"config.yaml", "raw.tar.xz", "tables/cells.parquet", "plots/order.svg", "summary.md"} <= files.keys()
    assert {"report.html", "provenance.json", "envs/run.lock", "Snakefile", METADATA, HASHES} <= files.keys()
    for place in (str(study.root), str(REPOSITORY)):
        assert [name for name, data in files.items() if place.encode() in data] == []


def test_it_is_a_provenance_run_crate(archive):
    assert validate(archive) == []


def test_a_crate_without_its_workflow_is_none(archive, tmp_path):
    files = {name: data for name, data in read_container(archive).items() if name != HASHES}
    described = json.loads(files[METADATA])
    root = next(entity for entity in described["@graph"] if entity["@id"] == "./")
    del root["mainEntity"]
    write_container(tmp_path / "other.zip", {**files, METADATA: json.dumps(described).encode()})
    assert any("Main Workflow" in line for line in validate(tmp_path / "other.zip"))


def test_every_file_is_described_with_its_hash(archive):
    described = entities(archive)
    for name, data in read_container(archive).items():
        if name not in (METADATA, HASHES):
            assert described[name]["sha256"] == sha256(data)
            assert described[name]["contentSize"] == str(len(data))
    listed = {part["@id"] for part in described["./"]["hasPart"]}
    assert listed == read_container(archive).keys() - {METADATA}


def test_every_trial_with_load_is_a_run_of_its_own(archive):
    described = entities(archive)
    runs = {name: entity for name, entity in described.items() if name.startswith("#action-trial/")}
    assert len(runs) == 4
    measured = runs["#action-trial/m/beast/locust/users-64/1"]
    assert (measured["startTime"], measured["endTime"]) == (
        "2026-01-01T00:00:00+00:00",
        "1970-01-01T00:00:01.500+00:00",
    )
    assert measured["actionStatus"].endswith("CompletedActionStatus")
    died = runs["#action-trial/m/crow/locust/users-64/1"]
    assert died["actionStatus"].endswith("FailedActionStatus")
    assert died["error"] == DIED["reason"]
    assert described["./"]["datePublished"] == "2026-01-01"


def test_an_archive_that_is_what_it_says_has_no_line(archive):
    assert verify_archive(archive) == []


def changed(archive, **changes):
    """The archive with files changed (None: without them) and its hashes made again, in its own place."""
    files = {name: data for name, data in read_container(archive).items() if name != HASHES}
    for name, data in changes.items():
        if data is None:
            del files[name]
        else:
            files[name] = data
    write_container(archive, files)
    return archive


def test_a_figure_that_was_changed_is_found_by_making_it_again(archive):
    lines = verify_archive(changed(archive, **{"summary.md": b"better", "plots/order.svg": None, "plots/x.svg": b""}))
    assert lines[:3] == [
        "plots/order.svg: made from the raw files, and not in the archive",
        "plots/x.svg: in the archive, and not made from the raw files",
        "summary.md: made again from the raw files, it is another one",
    ]
    assert lines[3].startswith("this may be why: the archive was made with ")
    assert "altair 1.0, here " in lines[3]
    assert len(lines) == 4


def test_a_file_that_was_changed_is_found_by_its_hash(archive):
    files = read_container(archive)
    files["summary.md"] = b"better"
    files["added.txt"] = b""
    del files["report.html"]
    with zipfile.ZipFile(archive, "w") as stream:
        for name, data in files.items():
            stream.writestr(name, data)
    assert verify_archive(archive) == [
        f"added.txt: not named in {HASHES}",
        f"report.html: named in {HASHES}, and missing",
        f"summary.md: its hash is not the one in {HASHES}",
    ]


@pytest.mark.parametrize("length", [0, 200, -200])
def test_a_cut_archive_is_one_line(archive, length):
    archive.write_bytes(archive.read_bytes()[:length])
    with pytest.raises(ServebenchError, match="is cut or is no archive"):
        verify_archive(archive)


def test_what_was_not_made_by_us_or_is_not_there_is_one_line(tmp_path):
    with pytest.raises(ServebenchError, match="does not exist"):
        verify_archive(tmp_path / "x.zip")
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as stream:
        stream.writestr("a", "b")
    with pytest.raises(ServebenchError, match="was not made by `make archive`"):
        verify_archive(tmp_path / "x.zip")


def test_a_study_of_which_nothing_was_measured_is_not_archived(tmp_path):
    paths = make_study(tmp_path / "s", [make_trial(tmp_path / "s" / "trials", "crow", 1)])
    with pytest.raises(ServebenchError, match="no trial that was measured"):
        make_archive(paths)


def test_the_crate_mentions_every_action_and_holds_no_list_of_one(archive):
    described = entities(archive)
    actions = {name for name, entity in described.items() if entity["@type"] == "CreateAction"}
    assert {mentioned["@id"] for mentioned in described["./"]["mentions"]} == actions
    assert [
        name for name, entity in described.items() if any(isinstance(v, list) and len(v) == 1 for v in entity.values())
    ] == []
