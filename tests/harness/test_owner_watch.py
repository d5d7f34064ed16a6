"""A job whose call of snakemake was killed ends, with what it started; the next call waits for it."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from servebench.campaign import lock_study, study_holder
from servebench.paths import StudyPaths
from support.processes import none_left
from support.targets import await_file, await_that

OWNER = """
import sys, time
from pathlib import Path
from servebench.campaign import lock_study
from servebench.paths import StudyPaths

lock_study(StudyPaths(Path(sys.argv[1])))
time.sleep(60)
"""
JOB = """
import subprocess, sys
from pathlib import Path
from servebench.stage import stage

log = Path(sys.argv[1])
with stage("the job", log / "logs" / "job.log"):
    # A shell that starts another program, as a build tool does.
    try:
        subprocess.run(["sh", "-c", f"touch {log}/begun; sleep 1000.201; true"])
    finally:
        (log / "left").touch()
"""


@pytest.fixture
def study(tmp_path):
    return StudyPaths(tmp_path / "results" / "x")


def start(script, paths, **environment):
    command = [sys.executable, "-c", script, str(paths.root)]
    return subprocess.Popen(command, env=os.environ | environment, stderr=subprocess.PIPE, text=True)


def test_a_job_ends_with_the_call_that_started_it_and_the_next_call_waits_for_it(study):
    owner = start(OWNER, study)
    await_that(lambda: (study_holder(study) or "").startswith(f"{owner.pid} on "), "the owner's lock")
    job = start(JOB, study, SERVEBENCH_CAMPAIGN="now")
    try:
        await_file(study.root / "begun")
        owner.kill()
        # It has ended; its parent, which is slow, has not asked for it yet.
        await_that(lambda: psutil.Process(owner.pid).status() == psutil.STATUS_ZOMBIE, "the owner's end")
        lock = lock_study(study)
        assert (study.root / "left").exists(), "the job has come to its end"
        os.close(lock)
        said = job.communicate(timeout=10)[1]
    finally:
        for process in (owner, job):
            process.kill()
            process.wait()
    assert job.returncode == 130
    assert said == "servebench: the job was interrupted; the next call continues from here\n"
    assert none_left("sleep 1000.201")


def test_a_job_without_a_campaign_is_nobodys(study):
    job = start(JOB.replace("sleep 1000.201", "sleep 0.3"), study)
    assert job.communicate(timeout=10)[1] == ""
    assert job.returncode == 0
    assert Path(study.root / "left").exists()
