import pytest
from servebench.build.declared import systems_of_server
from servebench.build.new_server import new_server
from servebench.build.server_manifest import known_servers, load_server_manifest
from servebench.build.sources import source_files
from servebench.errors import ServebenchError
from servebench.paths import SERVERS
from support.packages import default_config
from support.servers import write_server


@pytest.fixture
def servers(tmp_path, monkeypatch):
    for module in ("server_manifest", "new_server"):
        monkeypatch.setattr(f"servebench.build.{module}.SERVERS", tmp_path)
    return tmp_path


@pytest.mark.parametrize("like", known_servers())
def test_a_copy_of_each_server_declares_systems_of_its_own_name(like, servers):
    for path in source_files(SERVERS / like):
        copy = servers / like / path.relative_to(SERVERS / like)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    before = load_server_manifest(like)
    folder = new_server("mine", like, default_config())
    assert folder == servers / "mine"
    manifest = load_server_manifest("mine")
    assert manifest.title == f"mine, begun as a copy of {like}"
    assert manifest.model_copy(update={"title": before.title, "systems": before.systems}) == before
    systems = systems_of_server("mine")
    assert [system.inference for system in systems.values()] == before.inference
    assert all(name in ("mine", f"mine-{system.inference}") for name, system in systems.items())
    assert {path.relative_to(folder) for path in source_files(folder)} == {
        path.relative_to(SERVERS / like) for path in source_files(SERVERS / like)
    }


@pytest.mark.parametrize(
    ("name", "like", "words"),
    [
        ("Mine", "x", "NAME must be a name of lower-case letters, digits and hyphens, not 'Mine'"),
        ("../up", "x", "NAME must be a name"),
        ("mine", "xx", "no server 'xx' in servers/; did you mean 'x'?"),
        ("x", "x", "servers/x exists already"),
        ("crow", "x", "there is a system 'crow' already"),
    ],
)
def test_what_cannot_be_begun_is_one_line(servers, name, like, words):
    write_server(servers / "x")
    with pytest.raises(ServebenchError) as caught:
        new_server(name, like, default_config())
    assert words in str(caught.value)
    assert known_servers() == ["x"]
