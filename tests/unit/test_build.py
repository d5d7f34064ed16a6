import pytest
from servebench.build.builders import BUILDERS
from servebench.build.declared import declared_systems, systems_of_server
from servebench.build.precompile import CALIBRATION, precompiled_server
from servebench.build.server_manifest import fitting_manifest, known_servers, load_server_manifest
from servebench.build.system import system_sources
from servebench.calibrate import servers as calibration
from servebench.config import SystemDefinition
from servebench.errors import ServebenchError
from servebench.paths import REPOSITORY
from servebench.words import BuilderKind
from support.packages import default_config
from support.servers import write_server

OPTIONS = {"inference": "compiled", "threads": 1}


def test_every_server_has_a_manifest_that_reads():
    assert {"beast", "crow", "fastapi"} <= set(known_servers())
    for name, system in {**declared_systems(), **default_config().system_catalogue}.items():
        assert system.inference in fitting_manifest(name, system).inference


def test_options_that_do_not_fit_are_one_line():
    with pytest.raises(ServebenchError, match="no inference 'sklearn'"):
        fitting_manifest("x", SystemDefinition(server="beast", inference="sklearn", threads=1))
    with pytest.raises(ServebenchError, match="takes workers"):
        fitting_manifest("x", SystemDefinition(server="fastapi", inference="sklearn", threads=1))
    with pytest.raises(ServebenchError, match="no server 'nginx'"):
        fitting_manifest("x", SystemDefinition(server="nginx", inference="compiled", threads=1))


def test_sources_are_the_servers_own_and_the_contracts():
    paths = [str(path) for path in system_sources("beast", default_config().system_catalogue["beast"])]
    assert any("beast/main.cpp" in path for path in paths)
    assert any("contract/cpp" in path for path in paths)
    assert not any("crow" in path for path in paths)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"builder": "command"}, "`build` belongs to the builder `command`"),
        ({"build": "true"}, "`build` belongs to the builder `command`"),
        ({"start": "./server --host {host}"}, "{port} is missing"),
        ({"start": "./server --port {port}"}, "start: {host} is missing: where is it to listen?"),
        ({"start": "./server {prot}"}, "unknown placeholder '{prot}'; known: {host}, {port}"),
        ({"start": "./server {host} {port} 'x"}, "No closing quotation"),
        ({"start": "./server {host} {port} {workers} {threads}"}, "either {workers} or {threads}"),
        ({"version": "./server {port}"}, "only {package} and {python} are known"),
        ({"environment": {"A B": "x"}}, "environment.A B: must be a name of a variable: letters, digits and _, not"),
        ({"systems": {"x": {**OPTIONS, "environment": {"1": "x"}}}}, "must be a name of a variable"),
        ({"contract": "minimal", "excused_cases": ["not JSON"]}, "a minimal contract needs none"),
        ({"contract": "none"}, "contract: must be 'full' or 'minimal', not 'none'"),
        ({"health": {"path": "healthz"}}, "health.path: must be a path such as /predict, not 'healthz'"),
        ({"deviation": []}, "unknown key 'deviation'; did you mean 'deviations'?"),
        ({"systems": {"x": {"inference": "compiled", "worker": 1}}}, "did you mean 'workers'?"),
        ({"title": None}, "title: must be a word, not empty"),
    ],
)
def test_a_mistake_in_a_manifest_is_one_line_that_names_it(change, words, tmp_path, monkeypatch):
    monkeypatch.setattr("servebench.build.server_manifest.SERVERS", tmp_path)
    write_server(tmp_path / "x", **change)
    with pytest.raises(ServebenchError) as caught:
        load_server_manifest("x")
    assert str(caught.value).startswith("servers/x/server.yaml: ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_variable_of_a_system_with_an_unknown_placeholder_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr("servebench.build.server_manifest.SERVERS", tmp_path)
    write_server(tmp_path / "x")
    known = SystemDefinition(server="x", environment={"A": "{port}"}, **OPTIONS)
    assert fitting_manifest("x", known).title == "x"
    with pytest.raises(ServebenchError, match=r"system x: environment: unknown placeholder '\{prot\}'"):
        fitting_manifest("x", known.model_copy(update={"environment": {"A": "{prot}"}}))


def test_a_server_without_workers_or_threads_runs_one(tmp_path, monkeypatch):
    monkeypatch.setattr("servebench.build.server_manifest.SERVERS", tmp_path)
    write_server(tmp_path / "x", start="./server {host} {port}")
    one = SystemDefinition(server="x", inference="compiled", workers=1)
    assert fitting_manifest("x", one).most_parallel == 1
    with pytest.raises(ServebenchError, match="give the system `workers: 1`"):
        fitting_manifest("x", one.model_copy(update={"workers": "cores"}))


def test_a_system_needs_to_say_how_many_only_where_its_server_takes_them(tmp_path, monkeypatch):
    monkeypatch.setattr("servebench.build.server_manifest.SERVERS", tmp_path)
    write_server(tmp_path / "x", start="./server {host} {port}", systems={"x": {"inference": "compiled"}})
    silent = systems_of_server("x")["x"]
    assert fitting_manifest("x", silent).most_parallel == 1
    assert (silent.parallelism_option, silent.parallelism) == ("workers", 1)
    write_server(tmp_path / "x", start="./server {host} {port} {threads}")
    with pytest.raises(ServebenchError, match="system x: x takes threads: give it `threads: cores`"):
        fitting_manifest("x", silent)
    with pytest.raises(ValueError, match="give either workers or threads"):
        SystemDefinition(server="x", inference="compiled", workers=1, threads=1)


def test_shared_files_are_sources_and_a_missing_one_is_one_line(tmp_path, monkeypatch):
    for module in ("server_manifest", "sources", "system"):
        monkeypatch.setattr(f"servebench.build.{module}.SERVERS", tmp_path)
    write_server(tmp_path / "x", shares=["y/app.py", "z"])
    for path in ("y/app.py", "y/other.py", "z/deep/b.py", "z/__pycache__/b.pyc", "z/.hidden", "x/main.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    system = SystemDefinition(server="x", inference="compiled", threads=1)
    found = [str(path.relative_to(tmp_path)) for path in system_sources("x", system)]
    assert found == ["x/server.yaml", "x/main.py", "y/app.py", "z/deep/b.py"]
    write_server(tmp_path / "x", shares=["../elsewhere"])
    with pytest.raises(ServebenchError, match=r"there is no servers/\.\./elsewhere"):
        system_sources("x", system)


def test_no_code_names_a_server():
    code = [path for ending in ("py", "smk") for path in (REPOSITORY / "workflow").rglob(f"*.{ending}")]
    assert len(code) > 100
    for name in known_servers():
        assert not [path for path in code if f'"{name}"' in path.read_text(encoding="utf-8")]


def test_only_what_is_compiled_is_compiled_beforehand():
    config = default_config()
    found = {system: precompiled_server(config, system) for system in config.every_system}
    assert found == {"fastapi": None, "fastapi-compiled": None, "crow": "crow", "beast": "beast"}
    # It names the other project that is compiled beforehand.
    assert CALIBRATION not in known_servers()


def test_each_program_of_the_calibration_is_compiled_beforehand():
    assert set(calibration.PROGRAMS) == {path.stem for path in calibration.PROJECT.folder.glob("*.cpp")}


def test_every_builder_word_has_its_builder():
    assert set(BUILDERS) == set(BuilderKind)


def test_a_manifest_that_was_changed_is_read_again(tmp_path, monkeypatch):
    monkeypatch.setattr("servebench.build.server_manifest.SERVERS", tmp_path)
    write_server(tmp_path / "x", title="before")
    assert load_server_manifest("x").title == "before"
    write_server(tmp_path / "x", title="after")
    assert load_server_manifest("x").title == "after"
