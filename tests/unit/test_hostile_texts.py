"""No text of a config, a server.yaml, a protocol or a file of rules can be more than what it is for."""

import pytest
import yaml
from servebench.build.failure import build_failure
from servebench.build.server_manifest import ServerManifest, load_server_manifest
from servebench.check.contract import Failure
from servebench.command_line import check_command_line
from servebench.config import Config, parse_config
from servebench.errors import ServebenchError
from servebench.gate.rules_file import RulesFile, read_rules
from servebench.protocol import description
from servebench.protocol.description import Protocol, load_protocol
from servebench.texts import (
    COMMAND_PATTERN,
    FILE_PATTERN,
    HEADER_TEXT_PATTERN,
    LAUNCH_PATTERN,
    LINE_PATTERN,
    URL_PATH_PATTERN,
    VALUE_PATTERN,
    visible,
    visible_lines,
)
from servebench.trial.server import last_line
from support.packages import default_config
from support.string_places import string_places

SHELL = ("x; rm -rf ~", "$(touch /tmp/x)", "`id`", "a|b", "a && b", "a > /tmp/x")
SEVERAL_LINES = ("a\nb", "a\r\nb")
UNSEEN = ("a\x00b", "a\x1b[2Jb", "a\u202eb", "a\u200bb", "a\u2028b", "\ufeffa")
ELSEWHERE = ("../../x", "/etc/x", "..")
OPTION = ("-rf", "--config")
# A Cyrillic letter that looks like ours.
LOOKALIKE = ("cr\u043ew",)
LONG = ("a" * 100_000,)
HOSTILE = (*SHELL, *SEVERAL_LINES, *UNSEEN, *ELSEWHERE, *OPTION, *LOOKALIKE, *LONG)

# What is none the worse for it, and why.
OF_CONFIG = {
    # The user's own file stands anywhere, and is read by its name.
    FILE_PATTERN: {*ELSEWHERE, *LOOKALIKE},
    # A variable's value is quoted in ./run (tests/build/test_run_script.py).
    VALUE_PATTERN: {*ELSEWHERE, *OPTION, *LOOKALIKE},
    # A word of a command that no shell reads; options are what it is for.
    LAUNCH_PATTERN: {*ELSEWHERE, *OPTION},
}
# Who writes these brings code: what is shown is escaped (test_hostile_reports.py), what is run runs by its purpose.
OF_CODE = {
    **OF_CONFIG,
    LINE_PATTERN: {*SHELL, *ELSEWHERE, *OPTION, *LOOKALIKE},
    # A path of a URL, which only a server reads.
    URL_PATH_PATTERN: {"/etc/x"},
    HEADER_TEXT_PATTERN: {*SHELL, *ELSEWHERE, *OPTION},
    COMMAND_PATTERN: {*SHELL, "a\nb", *ELSEWHERE, *OPTION, *LOOKALIKE},
}
EXCHANGE = {"body": {"rows": "{rows}"}, "answer": {"/labels": "{predictions}"}}
EXAMPLES = {
    "Config": default_config().model_dump(mode="json"),
    "CellGroup": {"systems": ["crow"], "generators": ["native"], "users": [1]},
    "TrainedModel": {"dataset": "digits", "estimator": "ridge"},
    "ModelFile": {"path": "a.joblib", "sample": "a.csv"},
    "Replay": {"replay": "a.jsonl"},
    "SystemDefinition": {"server": "crow", "inference": "compiled", "threads": 1},
    "EndpointDefinition": {"url": "http://127.0.0.1:9000"},
    "GeneratorDefinition": {"kind": "native"},
    "SystemOptions": {"inference": "compiled", "threads": 1},
    "ServerManifest": {
        **{"title": "x", "language": "Go", "framework": "net/http", "builder": "none", "inference": ["compiled"]},
        "start": "./server --host {host} --port {port} --threads {threads}",
    },
    "UnavailableReason": {"pattern": "x", "reason": "x", "remedy": "x"},
    "Tool": {"name": "go", "version": ["version"], "remedy": "x"},
    "Health": {"path": "/healthz"},
    "Protocol": {"title": "x", "path": "/predict", "many_rows": EXCHANGE},
    "Exchange": EXCHANGE,
    "Variant": {"answer": EXCHANGE["answer"]},
    "RulesFile": {"rules": ["errors == 0"]},
    "RuleEntry": {"rule": "errors == 0"},
}


@pytest.fixture
def parse(tmp_path, monkeypatch):
    """Read what is written for a model as its users have it read."""
    monkeypatch.setattr("servebench.build.server_manifest.SERVERS", tmp_path)

    def written(path, raw):
        path.parent.mkdir(exist_ok=True)
        path.write_text(yaml.safe_dump(raw))
        return path

    def read(model, raw):
        if model is Config:
            return parse_config(raw)
        if model is ServerManifest:
            written(tmp_path / "x" / "server.yaml", raw)
            return load_server_manifest("x")
        if model is RulesFile:
            return read_rules(written(tmp_path / "rules" / "rules.yaml", raw))
        with monkeypatch.context() as patch:
            patch.setattr(description, "PROTOCOLS", written(tmp_path / "protocols" / "x.yaml", raw).parent)
            return load_protocol("x")

    return read


MODELS = (Config, ServerManifest, Protocol, RulesFile)
PLACES = [(model, place) for model in MODELS for place in string_places(model)]


@pytest.mark.parametrize(("model", "place"), PLACES, ids=lambda value: str(value) if hasattr(value, "steps") else "")
def test_a_hostile_text_is_refused_in_one_line_wherever_it_stands(model, place, parse):
    harmless = (OF_CONFIG if model is Config else OF_CODE).get(place.pattern, set())
    for hostile in HOSTILE:
        for text in dict.fromkeys((hostile, hostile + place.example(EXAMPLES))):
            try:
                parse(model, place.filled(text, EXAMPLES))
            except ServebenchError as error:
                message = str(error)
                assert message.isprintable()
                assert len(message) < 4000
                assert "Input should" not in message
            else:
                assert hostile in harmless, f"{place} takes {text[:40]!r}"


@pytest.mark.parametrize("model", MODELS)
def test_what_is_not_hostile_is_read(model, parse):
    """Else the test above would prove nothing."""
    assert parse(model, EXAMPLES[model.__name__]) is not None


def test_the_walk_finds_texts_wherever_they_may_stand():
    found = {str(place) for _, place in PLACES}
    assert {"study", "models.[]", "also.[].stand_ins.{name}", "also.[].stand_ins.{}"} <= found
    assert {"system_catalogue.{}.environment.{name}", "system_catalogue.{}.environment.{}"} <= found
    assert {"model_catalogue.{}.payloads.replay", "tools.[].version.[]", "headers.{}"} <= found


@pytest.mark.parametrize("key", ["a\nb", "a" * 100_000, "\x1b[2J"])
def test_an_unknown_key_is_one_line(key, parse):
    with pytest.raises(ServebenchError) as caught:
        parse(Config, {**EXAMPLES["Config"], key: 1})
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 4000


@pytest.mark.parametrize("text", [f"{hostile}a.joblib" for hostile in (*SHELL, *SEVERAL_LINES, *UNSEEN, *OPTION)])
def test_a_file_of_the_command_line_is_refused_likewise(text, parse):
    with pytest.raises(ServebenchError) as caught:
        parse(Config, {**EXAMPLES["Config"], "model": text, "sample": "a.csv"})
    assert "must be the name of a file" in str(caught.value)
    assert str(caught.value).isprintable()


def test_files_are_named_as_people_name_them(parse):
    for name in ("models/My Churn (2).joblib", "../\u00fcber/a.b-c_d.joblib", "/home/ada/x's, +1.joblib"):
        config = parse(Config, {**EXAMPLES["Config"], "model": name, "sample": "a.csv"})
        assert [model.path for model in config.model_catalogue.values() if hasattr(model, "path")] == [name]


def test_a_foreign_text_is_shown_as_one_line():
    assert visible("a\nb\x00\u202ec") == r"a\nb\x00\u202ec"
    assert visible("x" * 10, 4) == "xxxx.."


@pytest.mark.parametrize("name", ["../../x", "x/../y", "a\nb"])
def test_a_server_of_the_command_line_is_a_name(name):
    with pytest.raises(ServebenchError, match="a server must be a name") as caught:
        load_server_manifest(name)
    assert str(caught.value).isprintable()


def test_what_a_server_or_its_build_prints_is_one_line(tmp_path):
    (tmp_path / "log").write_bytes(b"before\n\x1b[2J\x1b]0;title\x07 \xff died\n")
    assert last_line(tmp_path / "log").isprintable()
    assert build_failure("error: \x1b[31mred\x1b[0m", "x", []).reason.isprintable()
    failure = Failure("a case", "200", "\x1b[2J\n404")
    assert str(failure).isprintable()


def test_a_pattern_that_is_none_is_one_line(parse):
    reason = {"pattern": "(", "reason": "x", "remedy": "x"}
    with pytest.raises(ServebenchError, match="unavailable, entry 1, pattern: this is no regular expression"):
        parse(ServerManifest, {**EXAMPLES["ServerManifest"], "unavailable": [reason]})


def test_lines_for_the_terminal_stay_lines_and_hold_no_orders():
    assert visible_lines("check failed:\n  \x1b[2Jgot\r\n") == "check failed:\n  \\x1b[2Jgot\\r\n"


def test_a_mistake_of_a_call_holds_no_orders_to_the_terminal(tmp_path):
    (tmp_path / "config.yaml").write_text("study: x")
    with pytest.raises(SystemExit) as caught:
        check_command_line(["--config", "\x1b[2J\nstudy=x"], tmp_path / "config.yaml")
    assert "\x1b" not in str(caught.value)
