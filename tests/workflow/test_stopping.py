"""A study that is told to stop: by SIGTERM, or by a check that failed; and that it rests while a trial runs."""

import shutil

import pytest
from servebench.paths import REPOSITORY
from support.checkout import Checkout
from support.processes import none_left

STUDY = ["--cores", "2", "--configfile", "config/smoke.yaml", "--config", "systems=[fastapi-compiled,beast]"]
STUDY += ["users=[1]", "repeats=1"]
# The trials without the calibrations, which take minutes.
TRIALS = [
    f"results/smoke/trials/cancer-logistic/{system}/native/users-1/1/result.json"
    for system in ("fastapi-compiled", "beast")
]
# The scheduler's lock is held while jobs are selected.
SIGNAL_WHILE_SELECTING = """

import os
from snakemake.scheduling.greedy import Scheduler

SELECT = Scheduler.select_jobs


def select_jobs(self, selectable, *rest):
    if any(job.rule.name == "train" for job in selectable):
        os.kill(os.getpid(), signal.SIGTERM)
    return SELECT(self, selectable, *rest)


Scheduler.select_jobs = select_jobs
"""

COUNT_SELECTIONS = """

from snakemake.scheduling.job_scheduler import JobScheduler

SELECT = JobScheduler.job_selector


def job_selector(self, jobs):
    selected = SELECT(self, jobs)
    with open("selections", "a") as stream:
        print(len(selected), file=stream)
    return selected


JobScheduler.job_selector = job_selector
"""


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path / "checkout")


def test_sigterm_while_jobs_are_selected_ends_the_study_and_the_next_call_continues(checkout):
    snakefile = checkout.folder / "Snakefile"
    whole = snakefile.read_text()
    snakefile.write_text(whole + SIGNAL_WHILE_SELECTING)
    done = checkout.snakemake(*TRIALS, *STUDY)
    assert done.returncode == 1
    assert "Will exit after finishing currently running jobs" in done.stdout
    assert "the study is not complete" in done.stdout
    assert "Traceback" not in done.stdout
    assert checkout.results("smoke") == {}
    assert none_left(str(checkout.folder))

    snakefile.write_text(whole + COUNT_SELECTIONS)
    done = checkout.snakemake(*TRIALS, *STUDY)
    assert done.returncode == 0, done.stdout
    assert len(checkout.results("smoke")) == 2
    # Jobs are chosen when one has ended, not each second: a trial must not wait for that.
    selected = [int(line) for line in (checkout.folder / "selections").read_text().split()]
    assert len(selected) <= sum(selected) + 1


@pytest.fixture
def broken(checkout):
    """A checkout whose FastAPI server answers wrongly."""
    source = checkout.folder / "servers/fastapi/inference.py"
    text = source.read_text()
    assert "self.labels[best]" in text
    source.write_text(text.replace("self.labels[best]", "self.labels[-1 - best]"))
    return checkout


def test_a_failed_check_stops_the_study_with_the_case_and_once_mended_it_goes_on(broken):
    done = broken.snakemake(*STUDY)
    assert done.returncode == 1
    assert "check of fastapi-compiled failed" in done.stdout
    assert "expected" in done.stdout
    assert "got" in done.stdout
    assert "Traceback" not in done.stdout
    assert broken.results("smoke") == {}
    # The check comes before the calibrations.
    assert "calibrated native" not in done.stdout
    assert none_left(str(broken.folder))

    shutil.copy(REPOSITORY / "servers/fastapi/inference.py", broken.folder / "servers/fastapi/inference.py")
    done = broken.snakemake(*TRIALS, *STUDY)
    assert done.returncode == 0, done.stdout
    assert len(broken.results("smoke")) == 2


def test_nothing_is_measured_even_where_no_signal_arrives(broken):
    common = broken.folder / "workflow/rules/common.smk"
    text = common.read_text()
    assert "defer_signal(signal.SIGTERM)" in text
    common.write_text(text.replace("defer_signal(signal.SIGTERM)", "signal.signal(signal.SIGTERM, signal.SIG_IGN)"))
    done = broken.snakemake(*TRIALS, *STUDY)
    assert done.returncode == 1
    assert "nothing more is measured: check of fastapi-compiled failed" in done.stdout
    assert broken.results("smoke") == {}
