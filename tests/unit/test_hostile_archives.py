"""An archive of somebody else's writes nothing but a study's raw files, and runs nothing."""

import io
import json
import tarfile
import zipfile

import joblib
import pytest
from servebench.archive import raw as raw_module
from servebench.archive.container import read_container, write_container
from servebench.archive.raw import is_kept, pack_raw, unpack_raw
from servebench.archive.verify import verify_archive
from servebench.errors import ServebenchError
from servebench.files import write_json
from servebench.paths import HASHES, PROVENANCE, RAW, STUDY_CONFIG, StudyPaths, below
from support.trials import make_study, make_trial

RESULT = "trials/m/beast/native/users-64/1/result.json"


def regular(name, data=b"x"):
    member = tarfile.TarInfo(name)
    member.size = len(data)
    return member, data


def special(name, kind, target=""):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member, None


def packed(path, *members):
    with tarfile.open(path, "w:xz") as stream:
        for member, data in members:
            stream.addfile(member, None if data is None else io.BytesIO(data))
    return path


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


HOSTILE = {
    "an absolute name": regular("/tmp/servebench-hostile"),
    "a name that leads out": regular("../../evil.json"),
    "a part that leads out": regular("models/../manifest.json"),
    "a symbolic link": special("config.yaml", tarfile.SYMTYPE, "/etc/passwd"),
    "a link inside": special("calibration/x.json", tarfile.SYMTYPE, "../config.yaml"),
    "a hard link": special("config.yaml", tarfile.LNKTYPE, "journal.jsonl"),
    "a device": special("config.yaml", tarfile.CHRTYPE),
    "a pipe": special("config.yaml", tarfile.FIFOTYPE),
    "a folder": special("trials", tarfile.DIRTYPE),
    "a model, which is code": regular("models/m/model.joblib"),
    "a package, which is code": regular("build/m/beast/run"),
    "a program that nobody asked for": regular(".snakemake/x"),
    "a name with an escape": regular("calibration/\x1b[2J.json"),
    "a name with a line break": regular("calibration/a\nb.json"),
}


@pytest.mark.parametrize("member", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_member_is_refused_before_anything_is_written(member, tmp_path):
    archive = packed(tmp_path / "raw.tar.xz", regular("config.yaml", b"study: x"), member)
    with pytest.raises(ServebenchError, match="nothing was unpacked") as caught:
        unpack_raw(archive, tmp_path / "study")
    assert str(caught.value).isprintable()
    assert files(tmp_path) == ["raw.tar.xz"]


def test_too_much_is_refused_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(raw_module, "MOST_BYTES", 1000)
    archive = packed(tmp_path / "raw.tar.xz", regular("config.yaml", b"\0" * 600), regular(RESULT, b"\0" * 600))
    with pytest.raises(ServebenchError, match="is larger than"):
        unpack_raw(archive, tmp_path / "study")
    monkeypatch.setattr(raw_module, "MOST_BYTES", 2000)
    unpack_raw(archive, tmp_path / "study")
    assert files(tmp_path / "study") == ["config.yaml", RESULT]


def test_what_is_packed_is_what_may_be_unpacked(tmp_path):
    paths = StudyPaths(tmp_path / "study")
    make_study(paths.root, [make_trial(paths.root / "trials", "beast", 1, 1000.0)])
    for path in (paths.model("m"), paths.compiled("m"), paths.build("m", "beast"), paths.generator("native")):
        write_json(path / "manifest.json", {})
    write_json(paths.check("m", "beast"), {})
    write_json(paths.calibration("native"), {})
    pack_raw(paths, paths.archive)
    with tarfile.open(paths.archive) as stream:
        names = stream.getnames()
    assert len(names) > 6
    assert all(map(is_kept, names))


@pytest.fixture
def crate(tmp_path):
    """Write an archive of a study whose files are these, with the right hashes."""

    def write(**changes):
        given = {STUDY_CONFIG: b"study: x\n", RAW: b"", PROVENANCE: b"{}", **changes}
        write_container(tmp_path / "x.crate.zip", given)
        return tmp_path / "x.crate.zip"

    return write


def test_a_hostile_crate_is_one_line(crate, tmp_path):
    inner = packed(tmp_path / "raw.tar.xz", regular("../../evil.json"))
    config = (make_study(tmp_path / "study", [make_trial(tmp_path / "t", "beast", 1)]).config).read_bytes()
    archive = crate(**{RAW: inner.read_bytes(), STUDY_CONFIG: config})
    with pytest.raises(ServebenchError, match="nothing was unpacked") as caught:
        verify_archive(archive)
    assert str(caught.value).isprintable()


def test_a_crate_cannot_name_a_study_elsewhere(crate, tmp_path):
    with pytest.raises(ServebenchError) as caught:
        verify_archive(crate(**{STUDY_CONFIG: b"study: ../../x\n"}))
    assert str(caught.value).isprintable()


def test_hostile_names_in_a_crate_are_shown_as_text(crate):
    archive = crate(**{"plots/\x1b[2J\n.svg": b"x"})
    with zipfile.ZipFile(archive, "a") as stream:
        stream.writestr("a\x1b[2Jb", "x")
    lines = verify_archive(archive)
    assert r"a\x1b[2Jb: not named in SHA256SUMS" in lines
    assert r"plots/\x1b[2J\n.svg: not named in SHA256SUMS" in lines
    assert all(line.isprintable() for line in lines)


def test_a_name_with_two_contents_is_refused(crate):
    archive = crate()
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(archive, "a") as stream:
        stream.writestr(PROVENANCE, "{}")
    with pytest.raises(ServebenchError, match="holds a name twice"):
        read_container(archive)


def test_a_crate_that_would_fill_the_memory_is_refused(crate, monkeypatch):
    monkeypatch.setattr("servebench.archive.container.MOST_BYTES", 1000)
    with pytest.raises(ServebenchError, match="nothing was unpacked"):
        read_container(crate(**{RAW: b"\0" * 2000}))


def test_a_provenance_that_cannot_be_read_is_one_line(crate, monkeypatch):
    monkeypatch.setattr("servebench.archive.verify._made_again", lambda _: {"summary.md": b"x"})
    for provenance in (b"no JSON", b"[]", json.dumps({"python": 3}).encode()):
        with pytest.raises(ServebenchError, match="of the archive cannot be read"):
            verify_archive(crate(**{PROVENANCE: provenance}))


def test_nothing_of_an_archive_is_unpickled(crate, tmp_path, monkeypatch):
    monkeypatch.setattr(joblib, "load", lambda path: pytest.fail(f"unpickled {path}"))
    monkeypatch.setattr("pickle.load", lambda _: pytest.fail("unpickled"))
    monkeypatch.setattr("pickle.loads", lambda _: pytest.fail("unpickled"))
    paths = StudyPaths(tmp_path / "study")
    make_study(paths.root, [make_trial(paths.root / "trials", "beast", repeat, 1000.0) for repeat in (1, 2, 3)])
    pack_raw(paths, paths.archive)
    monkeypatch.setattr("servebench.archive.rebuild.write_report", lambda _: None)
    changed = verify_archive(crate(**{RAW: paths.archive.read_bytes(), STUDY_CONFIG: paths.config.read_bytes()}))
    assert changed == []


@pytest.mark.parametrize("name", ["../x", "/etc", "a/../../b", ".."])
def test_a_name_in_a_record_cannot_lead_out_of_its_study(name, tmp_path):
    paths = StudyPaths(tmp_path)
    for place in (paths.model, paths.generator, paths.trials):
        with pytest.raises(ServebenchError, match="outside of"):
            place(name)
    for place in (paths.build, paths.profile):
        with pytest.raises(ServebenchError, match="outside of"):
            place("m", name)
    with pytest.raises(ServebenchError, match="outside of"):
        paths.trial("m", "s", "g", name, 1)
    assert below(tmp_path, "a..b", "c") == tmp_path / "a..b" / "c"


@pytest.mark.parametrize("name", ["../../x", "/etc", "x; rm -rf ~", "a\nb", "", "-rf", "a" * 61])
def test_a_study_of_the_command_line_is_a_name(name):
    with pytest.raises(ServebenchError, match="study must be a name of lower-case letters") as caught:
        StudyPaths.of(name)
    assert str(caught.value).isprintable()


def test_a_container_of_hashes_alone_is_no_study(tmp_path):
    write_container(tmp_path / "x.zip", {})
    assert HASHES in read_container(tmp_path / "x.zip")
    with pytest.raises(ServebenchError, match="it was not made by `make archive`"):
        verify_archive(tmp_path / "x.zip")
