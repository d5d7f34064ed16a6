import pytest
from servebench.build.server_manifest import health_path_of, load_server_manifest, protocol_of
from servebench.config import SystemDefinition, parse_config
from servebench.errors import ServebenchError
from servebench.paths import SERVERS
from servebench.protocol import description
from servebench.protocol.description import known_protocols, load_protocol
from support.packages import default_config
from support.servers import write_server

GOOD = """
title: theirs
path: /ask
many_rows:
  body: {rows: "{rows}"}
  answer: {/labels: "{predictions}"}
"""


@pytest.fixture
def protocols(tmp_path, monkeypatch):
    """A folder of descriptions with one that is good."""
    folder = tmp_path / "protocols"
    folder.mkdir()
    (folder / "theirs.yaml").write_text(GOOD)
    monkeypatch.setattr(description, "PROTOCOLS", folder)
    return folder


@pytest.mark.parametrize("name", known_protocols())
def test_each_shipped_description_reads(name):
    assert load_protocol(name).health is not None


def test_the_worked_example_of_the_readme_reads(protocols):
    _, _, rest = (SERVERS / "README.md").read_text().partition("<!-- protocol: ")
    (protocols / "score.yaml").write_text(rest.partition("```yaml\n")[2].partition("```")[0])
    protocol = load_protocol("score")
    assert (protocol.path, protocol.headers["X-Api-Key"]) == ("/v1/score", "none")
    assert protocol.many_rows.resolved(False, True).answer.keys() == {"/results/{index}"}


def test_what_a_description_does_not_say_is_the_usual(protocols):
    protocol = load_protocol("theirs")
    assert (protocol.method, protocol.headers) == ("POST", {"Content-Type": "application/json"})
    assert [*protocol.carries] == ["number", "boolean", "text", "null"]
    assert protocol.column_order == "trained"


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ("path: /ask", "paht: /ask", "missing key 'path'; unknown key 'paht'; did you mean 'path'?"),
        ("path: /ask", "path: ask", "path: must be a path such as /predict, not 'ask'"),
        ("path: /ask", "path: /ask\nmethod: GET", "method: must be 'POST' or 'PUT', not 'GET'"),
        ("path: /ask", "path: /ask\nheaders: {Host: x}", "headers: 'Host' is written by the generators: leave it out"),
        ("path: /ask", 'path: /ask\nheaders: {"a b": x}', "headers.a b: must be a header of letters, digits, - and _"),
        ("path: /ask", 'path: /ask\nheaders: {a: "x\\ny"}', "headers.a: must be one line of ASCII"),
        ("path: /ask", "path: /ask\ncarries: []", "carries: must be a list with something in it"),
        ('"{rows}"', '"{row}"', "many_rows: body: '{row}' has no meaning there; known: {columns}"),
        ("/labels", "labels", "many_rows: answer: 'labels' is no JSON pointer such as /outputs/0/data"),
        ("{predictions}", "{probabilities}", "many_rows: answer: /labels: '{probabilities}' has no meaning there"),
        ('"{predictions}"', "3", "many_rows: answer: no prediction is in it: put {class_indices}"),
        ("/labels", '"/labels/{index}"', "many_rows: answer: /labels/{index}: '{predictions}' has no meaning there"),
        ("many_rows", "some_rows", "unknown key 'some_rows'"),
        (GOOD[GOOD.index("many") :], "", "one_row and many_rows are both missing"),
    ],
)
def test_a_mistake_is_one_line(protocols, old, new, mistake):
    (protocols / "theirs.yaml").write_text(GOOD.replace(old, new))
    with pytest.raises(ServebenchError) as caught:
        load_protocol("theirs")
    assert str(caught.value).startswith("servers/protocols/theirs.yaml: ")
    assert mistake in str(caught.value)
    assert "\n" not in str(caught.value)


def test_probabilities_belong_to_models_that_tell_them(protocols):
    more = '  with_probabilities:\n    answer: {/labels: "{predictions}", /p: "{flat_probabilities}"}\n'
    (protocols / "theirs.yaml").write_text(GOOD + more)
    exchange = load_protocol("theirs").many_rows
    assert set(exchange.resolved(False, True).answer) == {"/labels", "/p"}
    assert set(exchange.resolved(True, False).answer) == {"/labels"}


def test_an_unknown_protocol_is_one_line_with_those_that_there_are(tmp_path, monkeypatch):
    there_are = f"there are: {', '.join(known_protocols())}"
    raw = default_config().model_dump(mode="json")
    raw["system_catalogue"]["crow"]["protocol"] = "grpc"
    line = f"config: system_catalogue.crow.protocol: no protocol 'grpc' in servers/protocols/; {there_are}"
    with pytest.raises(ServebenchError) as caught:
        parse_config(raw)
    assert str(caught.value) == line
    monkeypatch.setattr("servebench.build.server_manifest.SERVERS", tmp_path)
    write_server(tmp_path / "theirs", protocol="grpc")
    with pytest.raises(ServebenchError, match=r"servers/theirs/server.yaml: protocol: no protocol 'grpc' in"):
        load_server_manifest("theirs")
    with pytest.raises(ServebenchError, match="protocol: no protocol 'grpc' in"):
        load_protocol("grpc")


def test_a_system_is_asked_as_it_says_else_as_its_server_says(tmp_path, monkeypatch):
    monkeypatch.setattr("servebench.build.server_manifest.SERVERS", tmp_path)
    write_server(tmp_path / "ours")
    write_server(tmp_path / "theirs", protocol="open-inference")
    write_server(tmp_path / "named", protocol="mlflow", health={"path": "/up"})
    found = {}
    for server, changes in (("ours", {}), ("theirs", {}), ("named", {}), ("theirs", {"protocol": "bentoml"})):
        options = {"server": server, "inference": "compiled", "threads": 1, **changes}
        system = SystemDefinition.model_validate(options)
        found[server, *changes.values()] = (protocol_of(system), health_path_of(system))
    assert found == {
        ("ours",): ("servebench", "/healthz"),
        ("theirs",): ("open-inference", "/v2/models/model/ready"),
        ("named",): ("mlflow", "/up"),
        ("theirs", "bentoml"): ("bentoml", "/readyz"),
    }
