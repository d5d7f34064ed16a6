import pytest
from servebench.archive.raw import pack_raw, unpack_kept, unpack_raw
from servebench.errors import ServebenchError
from servebench.files import write_text
from servebench.paths import REPOSITORY, StudyPaths
from support.trials import make_study, make_trial


@pytest.fixture
def study(tmp_path):
    paths = StudyPaths(tmp_path / "study")
    results = [make_trial(paths.root / "trials", "beast", repeat, 1000.0) for repeat in (1, 2, 3)]
    make_study(paths.root, results)
    write_text(paths.model("m") / "manifest.json", f'{{"interpreter": "{REPOSITORY}/.venv/bin/python"}}')
    return paths


def test_an_archive_holds_the_raw_files_and_gives_them_back(study, tmp_path):
    pack_raw(study, study.archive)
    unpack_raw(study.archive, tmp_path / "other")
    files = {path.relative_to(tmp_path / "other") for path in (tmp_path / "other").rglob("*") if path.is_file()}
    assert {path.name for path in files} == {"config.yaml", "manifest.json", "result.json", "latency.hlog"}
    for path in files - {study.model("m").relative_to(study.root) / "manifest.json"}:
        assert (tmp_path / "other" / path).read_bytes() == (study.root / path).read_bytes()


def test_an_archive_does_not_tell_where_the_checkout_stood(study, tmp_path):
    pack_raw(study, study.archive)
    unpack_raw(study.archive, tmp_path / "other")
    text = (tmp_path / "other/models/m/manifest.json").read_text()
    assert text == '{"interpreter": "./.venv/bin/python"}'


def test_the_same_files_are_packed_to_the_same_bytes(study, tmp_path):
    for name in ("one", "two"):
        pack_raw(study, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_cut_archive_is_one_line(study, tmp_path):
    pack_raw(study, study.archive)
    study.archive.write_bytes(study.archive.read_bytes()[:200])
    with pytest.raises(ServebenchError, match="is no archive of a study"):
        unpack_raw(study.archive, tmp_path / "other")


def test_a_study_without_trials_is_not_packed(tmp_path):
    with pytest.raises(ServebenchError, match="has no trials yet"):
        pack_raw(StudyPaths(tmp_path), tmp_path / "raw.tar.xz")


def test_an_archive_does_not_tell_whose_home_something_stood_in(study, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", "/home/ada")
    text = '{"python": "/home/ada/.local/bin/python", "library": "/home/adam/x"}'
    write_text(study.model("m") / "manifest.json", text)
    pack_raw(study, study.archive)
    unpack_raw(study.archive, tmp_path / "other")
    told = (tmp_path / "other/models/m/manifest.json").read_text()
    assert told == text.replace("/home/ada/", "~/")


def test_a_study_that_is_kept_packed_is_unpacked_once(study, tmp_path):
    kept = StudyPaths(tmp_path / "kept")
    pack_raw(study, kept.archive)
    unpack_kept(kept)
    assert kept.config.read_bytes() == study.config.read_bytes()
    write_text(kept.config, "changed")
    unpack_kept(kept)
    assert kept.config.read_text() == "changed"
