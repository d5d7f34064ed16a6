import pytest
from servebench.build.declared import declared_systems, with_declared_systems
from servebench.build.server_manifest import known_servers, load_server_manifest
from servebench.config import parse_config
from servebench.errors import ServebenchError
from support.packages import default_config
from support.servers import write_server

OPTIONS = {"inference": "compiled", "threads": 2}


@pytest.fixture
def servers(tmp_path, monkeypatch):
    monkeypatch.setattr("servebench.build.server_manifest.SERVERS", tmp_path)
    write_server(tmp_path / "mine", systems={"mine": OPTIONS, "mine-too": OPTIONS})
    return tmp_path


def raw(**changes):
    return {**default_config().model_dump(mode="json"), **changes}


def test_a_declared_system_needs_no_line_in_the_config(servers):
    config = parse_config(with_declared_systems(raw(systems=["mine"])))
    assert config.system_catalogue["mine"].model_dump(exclude_none=True) == {"server": "mine", **OPTIONS}
    assert "mine-too" not in config.system_catalogue


def test_a_system_of_further_cells_is_found_too(servers):
    group = {"systems": ["mine"], "stand_ins": {"mine-too": "mine"}, "generators": ["native"], "users": [1]}
    config = parse_config(with_declared_systems(raw(also=[group])))
    assert {"mine", "mine-too"} <= config.system_catalogue.keys()


def test_the_configs_line_wins(servers):
    catalogue = {**raw()["system_catalogue"], "mine": {"server": "mine", "inference": "compiled", "threads": "cores"}}
    config = parse_config(with_declared_systems(raw(systems=["mine"], system_catalogue=catalogue)))
    assert config.system_catalogue["mine"].threads == "cores"


def test_a_misspelt_system_is_told_the_declared_ones(servers):
    with pytest.raises(ServebenchError, match="unknown name 'mine-to'; did you mean 'mine-too'"):
        parse_config(with_declared_systems(raw(systems=["mine", "mine-to"])))


def test_two_servers_do_not_declare_one_name(servers):
    write_server(servers / "other", systems={"mine": OPTIONS})
    with pytest.raises(ServebenchError, match=r"servers/other/server.yaml: systems: 'mine' is one of servers/mine"):
        declared_systems()


@pytest.mark.parametrize("broken", [None, [], {"systems": "mine"}, {"systems": 1, "system_catalogue": {}, "also": 1}])
def test_what_is_no_configuration_is_left_to_its_own_errors(servers, broken):
    assert with_declared_systems(broken) == broken


def test_every_server_has_a_system():
    of_config = {system.server for system in default_config().system_catalogue.values()}
    for name in known_servers():
        assert load_server_manifest(name).systems or name in of_config


def test_a_systems_own_variables_are_written_only_where_there_are_some(servers):
    write_server(servers / "mine", systems={"mine": OPTIONS, "mine-batching": {**OPTIONS, "environment": {"A": "1"}}})
    plain, batching = declared_systems().values()
    assert "environment" not in plain.model_dump()
    assert batching.model_dump(mode="json")["environment"] == {"A": "1"}
