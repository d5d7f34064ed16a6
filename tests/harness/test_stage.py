import os
import subprocess
import sys

from servebench.paths import StudyPaths
from servebench.progress import campaign_lines
from servebench.trial.machine_lock import machine_lock

SCRIPT = """
import os, signal, sys
from servebench.errors import ServebenchError
from servebench.stage import stage
with stage("the job", sys.argv[1]{phase}):
    print("to the log")
    {action}
"""


def run(tmp_path, action, phase="", **environment):
    log = tmp_path / "logs" / "job.log"
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(action=action, phase=phase), str(log)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done, log.read_text()


def test_a_job_of_a_phase_says_that_it_begins_and_is_noted(tmp_path):
    phase = ", __import__('servebench.words').words.Phase.BUILD"
    done, _ = run(tmp_path, "pass", phase, SERVEBENCH_CAMPAIGN="now")
    assert done.stderr == "[2/5] the job\n"
    (line,) = campaign_lines(StudyPaths(tmp_path).timeline, "now")
    assert (line["phase"], line["job"]) == ("BUILD", "the job")
    assert line["ended_unix_s"] >= line["started_unix_s"]
    # One that failed took no time that tells anything.
    done, _ = run(tmp_path, "1 / 0", phase, SERVEBENCH_CAMPAIGN="now")
    assert done.stderr.splitlines()[0] == "[2/5] the job"
    assert len(campaign_lines(StudyPaths(tmp_path).timeline, "now")) == 1


def test_a_users_error_is_one_line_and_no_traceback(tmp_path):
    done, log = run(tmp_path, "raise ServebenchError('what; the remedy')")
    assert done.returncode == 1
    assert done.stderr == "servebench: what; the remedy\n"
    assert "to the log" in log


def test_a_bug_keeps_its_traceback_in_the_log(tmp_path):
    done, log = run(tmp_path, "1 / 0")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "ZeroDivisionError" in done.stderr
    assert "Traceback" in log


def test_an_interrupt_is_one_line(tmp_path):
    done, _ = run(tmp_path, "os.kill(os.getpid(), signal.SIGTERM)")
    assert done.returncode == 130
    assert "interrupted" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_full_disk_is_one_line(tmp_path):
    done, _ = run(tmp_path, "raise OSError(28, 'No space left on device')")
    assert done.returncode == 1
    assert "No space left on device: make room on that disk and run again" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_file_where_the_logs_should_be_is_one_line(tmp_path):
    (tmp_path / "logs").write_text("a file in the place of a folder")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(action="pass", phase=""), str(tmp_path / "logs" / "job.log")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "a file stands where a folder is needed" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_who_waits_for_the_machine_says_for_whom_on_the_terminal(tmp_path):
    lock = tmp_path / "machine.lock"
    action = f"""from servebench.trial.machine_lock import machine_lock
    from pathlib import Path
    with machine_lock("mine", Path({str(lock)!r})):
        pass"""
    with machine_lock("study a: beast, users-1, repeat 1", lock):
        log = tmp_path / "job.log"
        process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT.format(action=action, phase=""), str(log)], stderr=subprocess.PIPE, text=True
        )
        line = process.stderr.readline()
    _, rest = process.communicate(timeout=30)
    said = f"waiting for the machine: study a: beast, users-1, repeat 1 (process {os.getpid()}) is being measured\n"
    assert (line, rest, process.returncode) == (said, "", 0)
    assert said in log.read_text()


def test_a_job_whose_terminal_is_gone_goes_on(tmp_path):
    log = tmp_path / "logs" / "job.log"
    log.parent.mkdir()
    action = f"""import pathlib
    pathlib.Path({str(tmp_path / "done")!r}).touch()"""
    phase = ", __import__('servebench.words').words.Phase.BUILD"
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(action=action, phase=phase), str(log)],
        env=os.environ | {"SERVEBENCH_CAMPAIGN": "now"},
        stderr=writer,
        check=False,
    )
    os.close(writer)
    assert done.returncode == 0
    assert (tmp_path / "done").exists()
