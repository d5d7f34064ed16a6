"""The kept study as an archive, with its whole report: the same bytes again, and verified."""

import shutil

import pytest
from servebench.archive.make import make_archive
from servebench.archive.verify import verify_archive
from servebench.paths import REPOSITORY, StudyPaths
from support.crate import validate


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    """Those of two copies of it."""
    made = []
    for place in ("here", "there"):
        paths = StudyPaths(tmp_path_factory.mktemp(place) / "reference")
        paths.root.mkdir()
        shutil.copy(REPOSITORY / "results" / "reference" / "raw.tar.xz", paths.archive)
        make_archive(paths)
        made.append(paths.crate)
    return made


def test_the_archive_of_a_whole_report_is_the_same_to_the_byte(archives):
    one, other = archives
    assert one.read_bytes() == other.read_bytes()


def test_all_of_it_is_made_again_the_same(archives):
    assert verify_archive(archives[0]) == []


def test_it_conforms_to_its_profile(archives):
    assert validate(archives[0]) == []
