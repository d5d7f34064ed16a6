"""A disk that is full, has no room for another file, or can only be read; results that are deleted."""

import shutil

import pytest
from support.mounts import break_disk, breaking_disk, fill, mend_disk, mount, small_disk, use_up_inodes
from support.targets import await_target

MIB = 2**20


def results_of(study):
    return study.paths.root.parent


@pytest.mark.parametrize("keep_bytes", [0, 65536])
def test_a_disk_that_fills_in_the_middle_loses_nothing(keep_bytes, tiny, undisturbed, survives, tmp_path):
    study = tiny(repeats=3)
    with small_disk(results_of(study), "size=256m"), survives("disk full in the middle"):
        process = study.start()
        await_target("generator", process)
        ballast = fill(results_of(study), keep_bytes)
        output, _ = process.communicate(timeout=240)
        assert process.returncode != 0
        assert "No space left on device" in output
        assert "make room on that disk and run again" in output
        assert "Traceback" not in output, output
        study.assert_nobody_left()
        ballast.unlink()
        study.assert_loses_nothing(undisturbed, tmp_path)


def test_inodes_that_are_used_up_lose_nothing(tiny, undisturbed, survives, tmp_path):
    study = tiny(repeats=3)
    with small_disk(results_of(study), "size=256m,nr_inodes=2000"), survives("inodes used up"):
        process = study.start()
        await_target("generator", process)
        many = use_up_inodes(results_of(study))
        output, _ = process.communicate(timeout=240)
        assert process.returncode != 0
        assert "make room on that disk and run again" in output
        assert "Traceback" not in output, output
        study.assert_nobody_left()
        shutil.rmtree(many)
        study.assert_loses_nothing(undisturbed, tmp_path)


def test_results_that_can_only_be_read_are_refused_in_one_line(tiny, undisturbed, survives, tmp_path):
    study = tiny()
    with small_disk(results_of(study), "size=256m"), survives("results that can only be read"):
        mount("-o", "remount,ro", str(results_of(study)))
        done = study.run()
        assert done.returncode == 1
        assert "Read-only file system: this place can only be read" in done.stdout
        assert "Traceback" not in done.stdout
        mount("-o", "remount,rw", str(results_of(study)))
        study.go_on()
        study.assert_as_without_fault({}, undisturbed, tmp_path)


def test_a_disk_that_breaks_in_the_middle_and_can_only_be_read_loses_nothing(tiny, undisturbed, survives, tmp_path):
    study, image = tiny(repeats=3), tmp_path / "image"
    with breaking_disk(results_of(study), image), survives("a disk that breaks in the middle"):
        process = study.start()
        await_target("generator", process)
        break_disk(results_of(study))
        output, _ = process.communicate(timeout=240)
        assert process.returncode != 0
        assert "Read-only file system" in output
        assert "Traceback" not in output, output
        study.assert_nobody_left()
        mend_disk(results_of(study), image)
        study.assert_loses_nothing(undisturbed, tmp_path)


@pytest.mark.parametrize("part", ["", "trials"])
def test_results_that_are_deleted_while_it_runs_are_made_again(part, tiny, undisturbed, survives, tmp_path):
    study = tiny(repeats=2)
    with survives(f"results deleted while it runs ({part or 'all'})"):
        process = study.start()
        await_target("generator", process)
        shutil.rmtree(study.paths.root / part)
        output, _ = process.communicate(timeout=240)
        assert "Traceback" not in output, output
        study.assert_nobody_left()
        study.go_on()
        study.assert_as_without_fault({}, undisturbed, tmp_path)
