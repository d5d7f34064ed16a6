"""`make serve`: a built system answers the line that is printed, and ends with Ctrl-C."""

import json
import os
import shlex
import signal
import subprocess
import sys
from urllib.request import Request, urlopen

import pytest
from servebench.config import dump_config
from servebench.files import write_text
from servebench.paths import REPOSITORY, StudyPaths
from servebench.protocol.description import SERVEBENCH
from servebench.protocol.render import render
from support.packages import build_package, default_config

MODEL = "cancer-logistic"


@pytest.fixture
def folder(cancer_model, tmp_path):
    """Where a study stands of which one system is built."""
    paths = StudyPaths(tmp_path / "results" / "x")
    config = default_config(study="x", models=[MODEL], systems=["fastapi"], rates=[], also=[])
    write_text(paths.config, dump_config(config))
    build_package("fastapi", cancer_model, paths.build(MODEL, "fastapi"))
    render(cancer_model, SERVEBENCH, 1, paths.wire(MODEL, SERVEBENCH, 1))
    return tmp_path


def test_the_printed_line_is_answered(folder):
    process = subprocess.Popen(
        [sys.executable, "-m", "servebench", "serve", "x", "fastapi"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "workflow")},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout.readline().startswith("fastapi answers until Ctrl-C")
        words = shlex.split(process.stdout.readline())
        body, kind = words[words.index("-d") + 1], words[words.index("-H") + 1].partition(": ")[2]
        with urlopen(Request(words[-1], body.encode(), {"Content-Type": kind}), timeout=10) as answer:
            assert "prediction" in json.load(answer)
    finally:
        process.send_signal(signal.SIGINT)
        process.stdout.close()
    assert process.wait(20) == 0
