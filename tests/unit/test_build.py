import pytest
from servebench.build.server_manifest import check_system, known_servers
from servebench.build.system import system_sources
from servebench.config import SystemDefinition
from servebench.errors import ServebenchError
from support.packages import default_config


def test_every_server_has_a_manifest_that_reads():
    assert {"beast", "crow", "fastapi"} <= set(known_servers())
    for name, system in default_config().system_catalogue.items():
        assert check_system(name, system).name == system.server


def test_options_that_do_not_fit_are_one_line():
    with pytest.raises(ServebenchError, match="no inference 'sklearn'"):
        check_system("x", SystemDefinition(server="beast", inference="sklearn", threads=1))
    with pytest.raises(ServebenchError, match="takes workers"):
        check_system("x", SystemDefinition(server="fastapi", inference="sklearn", threads=1))
    with pytest.raises(ServebenchError, match="no server 'nginx'"):
        check_system("x", SystemDefinition(server="nginx", inference="compiled", threads=1))


def test_sources_are_the_servers_own_and_the_contracts():
    paths = [str(path) for path in system_sources("beast", default_config().system_catalogue["beast"])]
    assert any("beast/main.cpp" in path for path in paths)
    assert any("contract/cpp" in path for path in paths)
    assert not any("crow" in path for path in paths)
