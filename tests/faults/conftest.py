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
def survives() -> Callable[[str, int], AbstractContextManager[None]]:
    """Counts so many faults of a kind as tried, and as survived where the block passes."""

    @contextmanager
    def counting(kind: str, faults: int = 1) -> Iterator[None]:
        TRIED[kind] += faults
        yield
        SURVIVED[kind] += faults

    return counting


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count the tests of these files."""
    kind = KINDS.get(Path(report.location[0]).name)
    if kind is not None and report.when == "call" and not report.skipped:
        TRIED[kind] += 1
        SURVIVED[kind] += report.passed


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A line a kind of fault."""
    if not TRIED:
        return
    terminalreporter.section("faults survived of tried")
    for kind, tried in TRIED.items():
        terminalreporter.write_line(f"{SURVIVED[kind]:4} of {tried:4}  {kind}")
