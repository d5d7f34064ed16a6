"""Real servers under real profilers."""

import csv
import os
import sys
from xml.etree import ElementTree as Xml

import pytest
from servebench.errors import ServebenchError
from servebench.paths import CACHE
from servebench.profile.profiler import PROFILERS
from servebench.profile.run import profile_system
from servebench.profile.sampling import Sampler
from servebench.trial.processes import ProcessGroups
from servebench.words import ProfilerKind
from support.processes import none_left
from support.profiles import study_with_package

WINDOW_S = 1.0


def skip_unless_found(kind):
    """Skip the test, with the reason, where the profiler is not on this machine; returns its program."""
    try:
        return PROFILERS[kind].find()[0]
    except ServebenchError as error:
        pytest.skip(str(error))


def profiled(kind, system, model, folder):
    """The record of a profile, its functions and the study; skipped, with the reason, where it may not be made."""
    skip_unless_found(kind)
    paths = study_with_package(folder / "x", system, model)
    try:
        record = profile_system(paths, system, None, CACHE, WINDOW_S)
    except ServebenchError as error:
        if PROFILERS[kind].remedy in str(error) or "could not be built" in str(error):
            pytest.skip(str(error))
        raise
    with (paths.profile(model.name, system) / "functions.csv").open(newline="") as stream:
        return record, list(csv.DictReader(stream)), paths


def ensure_is_whole(record, paths):
    """A profile has its graph, left no process, and became no trial."""
    graph = Xml.parse(paths.profile(record.model, record.system) / "flame.svg").getroot()
    assert sum(1 for _ in graph.iter("{http://www.w3.org/2000/svg}title")) > 20
    assert record.load_point == "users-4"
    assert record.throughput_rps > 0
    assert record.profiled_throughput_rps > 0
    assert max(record.slowdowns) < 1
    assert not paths.root.joinpath("trials").exists()
    assert none_left(str(paths.root))


def test_a_python_server_is_profiled_beside_its_study(cancer_model, tmp_path):
    record, functions, paths = profiled(ProfilerKind.PY_SPY, "fastapi", cancer_model, tmp_path)
    assert record.profiler == "py-spy"
    assert record.samples > 50
    assert record.kernel_share is None
    shares = {row["function"]: float(row["total_share"]) for row in functions}
    assert shares["<module>"] == 1.0
    # What the estimator does stands below what the server does with a request.
    assert any(row["place"].startswith("sklearn/") for row in functions)
    assert sum(float(row["own_share"]) for row in functions) == pytest.approx(1, abs=0.2)
    ensure_is_whole(record, paths)


def test_a_native_server_is_profiled_into_the_kernel(cancer_model, tmp_path):
    record, functions, paths = profiled(ProfilerKind.PERF, "beast", cancer_model, tmp_path)
    assert record.profiler == "perf"
    assert record.samples > 50
    assert any(row["place"] == "server" and float(row["total_share"]) > 0.1 for row in functions)
    if os.geteuid() == 0:
        assert record.kernel_share is not None
    ensure_is_whole(record, paths)


def test_a_process_that_is_no_python_is_one_line_with_what_py_spy_says(tmp_path):
    program = skip_unless_found(ProfilerKind.PY_SPY)
    log = tmp_path / "log"
    sampler = Sampler(PROFILERS[ProfilerKind.PY_SPY], program, None, log)
    with ProcessGroups() as groups, (tmp_path / "sleep.log").open("wb") as stream:
        sleeping = groups.start(["sleep", "60"], None, dict(os.environ), stream)
        with pytest.raises(ServebenchError, match=r"^py-spy took no samples \(code 1\): Error: .*python") as caught:
            sampler.sample(groups, [sleeping.pid], float("inf"), tmp_path / "output")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (ProfilerKind.PY_SPY, "Permission Denied: Try running again with elevated permissions"),
        (ProfilerKind.PERF, "Error:\nAccess to performance monitoring and observability operations is limited.\n"
         "Consider adjusting /proc/sys/kernel/perf_event_paranoid setting"),
    ],
)  # fmt: skip
def test_a_profiler_that_may_not_look_is_one_line_with_the_remedy(tmp_path, kind, words):
    program = tmp_path / "refused"
    program.write_text(f"#!{sys.executable}\nimport sys\nsys.exit({words!r})\n")
    program.chmod(0o755)
    sampler = Sampler(PROFILERS[kind], str(program), None, tmp_path / "log")
    with ProcessGroups() as groups, pytest.raises(ServebenchError, match=r"may not look into the server: run as root"):
        sampler.sample(groups, [os.getpid()], float("inf"), tmp_path / "output")
