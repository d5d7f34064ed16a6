"""`make test-servers`: which systems are examined, and what came of each."""

import resource
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from support.servers import built, examined_systems
from support.subjects import Subject, started_subject

# Clients that are idle or dropped by thousands need as many descriptors, here and in the servers, which inherit them.
DESCRIPTORS = 8192
OUTCOMES = ("passed", "xfailed", "failed", "error", "skipped")
SYSTEM, NOTE = "system", "note"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--server", help="examine all systems of this server, or the system of this name")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "system" in metafunc.fixturenames:
        systems = examined_systems(metafunc.config.getoption("--server") or None)
        metafunc.parametrize("system", systems, indirect=True, scope="session")


@pytest.fixture(scope="session")
def system(request: pytest.FixtureRequest) -> str:
    """The system that is examined."""
    return str(request.param)


@pytest.fixture(scope="session")
def many_descriptors() -> None:
    """Room for thousands of connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@pytest.fixture(scope="session")
def package(system: str, cancer_model: Path, many_descriptors: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The system's package, built once; where it cannot be built its tests are skipped with the reason."""
    return built(system, cancer_model, tmp_path_factory.mktemp(system) / "package")


class Keeper:
    """Keeps a server running from test to test; one that has ended is started again."""

    def __init__(self, system: str, package: Path, model: Path) -> None:
        self._system, self._package, self._model = system, package, model
        self._stack = ExitStack()
        self._subject: Subject | None = None

    def living(self) -> Subject:
        """The server as it runs."""
        if self._subject is None or not self._subject.server.is_alive():
            self.end()
            log = self._package.with_suffix(".log")
            self._subject = self._stack.enter_context(started_subject(self._system, self._package, self._model, log))
        return self._subject

    def end(self) -> None:
        """End it."""
        self._stack.close()


@pytest.fixture(scope="session")
def keeper(system: str, package: Path, cancer_model: Path) -> Iterator[Keeper]:
    keeper = Keeper(system, package, cancer_model)
    yield keeper
    keeper.end()


@pytest.fixture
def subject(keeper: Keeper) -> Subject:
    """The server, which every test leaves as it was."""
    return keeper.living()


@pytest.fixture(autouse=True)
def tell_system(request: pytest.FixtureRequest, record_property: Any) -> None:
    """Let the table at the end know whose test it was."""
    if hasattr(request.node, "callspec") and "system" in request.node.callspec.params:
        record_property(SYSTEM, request.node.callspec.params["system"])


@pytest.fixture
def note(record_property: Any) -> Any:
    """Print a figure in the table at the end."""
    return lambda text: record_property(NOTE, text)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    seconds: Counter[str] = Counter()
    notes: defaultdict[str, list[str]] = defaultdict(list)
    for outcome in OUTCOMES:
        for report in terminalreporter.stats.get(outcome, []):
            properties = dict(report.user_properties)
            system = properties.get(SYSTEM)
            if system is not None:
                counts[system][outcome] += 1
                seconds[system] += report.duration
                notes[system] += [text for name, text in report.user_properties if name == NOTE]
    if not counts:
        return
    terminalreporter.section("systems (xfailed: declared, or allowed by a minimal contract)")
    terminalreporter.write_line(f"{'system':<22}{''.join(f'{outcome:>10}' for outcome in OUTCOMES)}{'seconds':>10}")
    for system in sorted(counts):
        columns = "".join(f"{counts[system][outcome]:>10}" for outcome in OUTCOMES)
        terminalreporter.write_line(f"{system:<22}{columns}{seconds[system]:>10.1f}")
        for text in notes[system]:
            terminalreporter.write_line(f"    {text}")
