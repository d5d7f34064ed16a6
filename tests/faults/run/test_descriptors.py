"""More connections than a process may have files open."""

import resource

from servebench.descriptors import needed_descriptors

USERS = 1200


def run_limited(study, soft, hard):
    """Run a study under a limit of its own."""
    return study.run(["prlimit", f"--nofile={soft}:{hard}"], timeout_s=300)


def test_a_limit_that_may_be_raised_is_raised(tiny, survives):
    study = tiny(users=f"[{USERS}]")
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with survives("descriptors at the soft limit"):
        done = run_limited(study, 256, hard)
        assert done.returncode == 0, done.stdout
        (row,) = study.trials()
        assert row["outcome"] == "measured"
        assert row["errors_total"] == 0
        study.assert_nobody_left()


def test_a_limit_that_may_not_be_raised_is_one_line_before_anything_is_made(tiny, survives):
    study = tiny(users=f"[{USERS}]").named(study="refused")
    with survives("descriptors at the hard limit"):
        done = run_limited(study, 256, 1024)
        assert done.returncode == 1
        needed = needed_descriptors(USERS)
        assert f"{USERS:,} connections need {needed:,} open files, 1,024 are allowed here" in done.stdout
        assert "Traceback" not in done.stdout
        assert not study.paths.root.exists()
