"""`make test-faults`: a tiny real study for each fault, and how many faults of each kind were survived."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from support.calibrations import make_trusting_cache
from support.tiny_study import FinishedStudy, TinyStudy

TRIED: Counter[str] = Counter()
SURVIVED: Counter[str] = Counter()
FAULTS = "faults"
# What a whole file tries, a fault a test.
KINDS = {
    "test_servers.py": "servers that do wrong",
    "test_files.py": "files cut or edited",
    "test_clock.py": "the clock set, the machine suspended",
    "test_limits.py": "limits of a container",
}


@pytest.fixture(scope="session")
def times() -> int:
    """How often a process is killed at a random moment; fewer for a shorter run (FAULTS=3)."""
    return int(os.environ.get("FAULTS", "20"))


@pytest.fixture(scope="session")
def seed() -> int:
    """Of the random moments (FAULT_SEED=7)."""
    return int(os.environ.get("FAULT_SEED", "1"))


@pytest.fixture(scope="session")
def undisturbed(cancer_model: Path, tmp_path_factory: pytest.TempPathFactory) -> FinishedStudy:
    """The study without a fault."""
    cache = make_trusting_cache(tmp_path_factory.mktemp("cache"), cancer_model / "payloads.jsonl")
    return FinishedStudy.make(tmp_path_factory.mktemp("undisturbed"), cache)


@pytest.fixture
def tiny(undisturbed: FinishedStudy) -> Callable[..., TinyStudy]:
    """Makes a study with these settings, which begins with its first trial."""
    return undisturbed.begun


@pytest.fixture
def survives(request: pytest.FixtureRequest) -> Callable[[str, int], AbstractContextManager[None]]:
    """Counts so many faults of a kind as tried, and as survived where the block passes."""

    @contextmanager
    def counting(kind: str, faults: int = 1) -> Iterator[None]:
        survived = 0
        try:
            yield
            survived = faults
        finally:
            # A test's report brings it to the process that counts.
            request.node.user_properties.append((FAULTS, (kind, faults, survived)))

    return counting


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count what tests say, and the tests of some files."""
    if report.when != "call" or report.skipped:
        return
    for name, told in report.user_properties:
        if name == FAULTS:
            _count(*told)
    kind = KINDS.get(Path(report.location[0]).name)
    if kind is not None:
        _count(kind, 1, int(report.passed))


def _count(kind: str, tried: int, survived: int) -> None:
    TRIED[kind] += tried
    SURVIVED[kind] += survived


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A line a kind of fault."""
    if not TRIED:
        return
    terminalreporter.section("faults survived of tried")
    for kind, tried in TRIED.items():
        terminalreporter.write_line(f"{SURVIVED[kind]:4} of {tried:4}  {kind}")
