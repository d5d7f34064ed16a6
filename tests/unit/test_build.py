import pytest
import yaml
from servebench.build.builders import BUILDERS
from servebench.build.precompile import CALIBRATION, precompiled_server
from servebench.build.server_manifest import fitting_manifest, known_servers, load_server_manifest
from servebench.build.system import system_sources
from servebench.calibrate import servers as calibration
from servebench.config import SystemDefinition
from servebench.errors import ServebenchError
from servebench.words import BuilderKind
from support.packages import default_config


def test_every_server_has_a_manifest_that_reads():
    assert {"beast", "crow", "fastapi"} <= set(known_servers())
    for name, system in default_config().system_catalogue.items():
        assert fitting_manifest(name, system).name == system.server


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


@pytest.mark.parametrize(("builder", "command"), [("command", None), ("cmake", {"build": "true"})])
def test_a_command_belongs_to_its_builder_only(builder, command, tmp_path, monkeypatch):
    monkeypatch.setattr("servebench.build.server_manifest.SERVERS", tmp_path)
    manifest = {
        **{"name": "x", "language": "Go", "framework": "net/http", "builder": builder, "inference": ["compiled"]},
        **{"parallelism": "threads", "command": command},
    }
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "server.yaml").write_text(yaml.safe_dump(manifest))
    with pytest.raises(ServebenchError, match="belongs to the builder `command`"):
        load_server_manifest("x")


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
