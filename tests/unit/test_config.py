import pytest
import yaml
from servebench.build.declared import with_declared_systems
from servebench.config import dump_config, load_config, parse_config
from servebench.errors import ServebenchError
from servebench.paths import REPOSITORY
from servebench.percentage import parse_percentage
from support.packages import default_config


def raw(**changes):
    return {**default_config().model_dump(), **changes}


PRESETS = sorted(path.stem for path in (REPOSITORY / "config").glob("*.yaml") if path.stem != "config")


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_is_valid_and_names_its_own_study(preset):
    base = yaml.safe_load((REPOSITORY / "config/config.yaml").read_text())
    extra = yaml.safe_load((REPOSITORY / f"config/{preset}.yaml").read_text())
    for name, value in extra.items():
        base[name] = {**base[name], **value} if isinstance(value, dict) else value
    assert parse_config(with_declared_systems(base)).study == preset


def test_a_dumped_config_reads_back_equal(tmp_path):
    config = default_config()
    path = tmp_path / "config.yaml"
    path.write_text(dump_config(config))
    assert load_config(path) == config


def test_a_kept_config_whose_precision_was_the_payloads_is_read(tmp_path):
    path = tmp_path / "config.yaml"
    lines = dump_config(default_config(decimals="full")).splitlines()
    kept = [line for line in lines if not line.startswith(("precision", "smallest_effect"))]
    path.write_text("\n".join(kept).replace("decimals: full", "precision: full"))
    assert load_config(path) == default_config(decimals="full")


def test_a_wished_precision_plans_for_the_last_look():
    assert default_config().planned_repeats == default_config().repeats
    assert default_config(precision="15 %").planned_repeats == 40


@pytest.mark.parametrize(("text", "share"), [("5%", 0.05), ("12.5 %", 0.125), ("0.5%", 0.005), ("99%", 0.99)])
def test_a_percentage_is_read_as_a_share(text, share):
    assert parse_percentage(default_config(precision=text).precision) == pytest.approx(share)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"objective": "p99 < 5"}, ["objective", "write it like 'p99 <= 50 ms'"]),
        ({"target_rps": [5]}, ["target_rps", "give one"]),
        ({"rates": ["0%"]}, ["rates, entry 1: must be a whole number or a share from 1% to 99%, not '0%'"]),
        ({"generators": ["wrk"], "rates": [5]}, ["'wrk'", "cannot send 5 requests/s", "its loops: closed"]),
        ({"generators": ["wrk"], "rates": [], "duration_s": 1.5}, ["duration_s", "whole seconds"]),
        ({"generators": ["oha"], "rates": [], "think_time_s": 1}, ["think_time_s", "no think time"]),
        ({"repeat": 5}, ["unknown key 'repeat'", "did you mean 'repeats'?"]),
        ({"repeats": 0}, ["repeats: must be at least 1, not 0"]),
        ({"users": [-5]}, ["users, entry 1: must be at least 1, not -5"]),
        ({"users": [], "rates": []}, ["users and rates are both empty"]),
        ({"users": [1, 1]}, ["users: '1' is given twice"]),
        ({"systems": ["fastpi"]}, ["unknown name 'fastpi'", "did you mean 'fastapi'?"]),
        ({"models": ["nothing-like-it"]}, ["unknown name 'nothing-like-it'", "known:"]),
        ({"duration_s": "long"}, ["duration_s: must be a number, not 'long'"]),
        ({"study": "../up"}, ["study: must be a name of lower-case letters, digits and hyphens, not '../up'"]),
        ({"rates": ["60 %", "60%"]}, ["rates: '60%' is given twice"]),
        ({"rates": [10**9]}, ["rates, entry 1: must be at most 10000000"]),
        ({"price_per_cpu_hour": 0}, ["price_per_cpu_hour: must be more than 0, not 0"]),
        ({"precision": "data"}, ["precision: 'data' is the decimals of the payloads", "write decimals=data"]),
        ({"precision": "0%"}, ["precision: must be a share above 0% and below 100%, such as 5%, not '0%'"]),
        ({"smallest_effect": 0.05}, ["smallest_effect: must be a word, not 0.05"]),
        ({"study": None}, ["study: must be a word, not empty"]),
        ({"study": "x" * 61}, ["study: must be at most 60 characters long"]),
        ({"models": []}, ["models: must be a list with something in it"]),
        ({"systems": "fastapi"}, ["systems: must be a list such as [a, b], not 'fastapi'"]),
        ({"remeasure": "perhaps"}, ["remeasure: must be true or false, not 'perhaps'"]),
        ({"placement": "somewhere"}, ["placement: must be 'pinned' or 'shared', not 'somewhere'"]),
        ({"duration_s": float("nan")}, ["duration_s: must be"]),
        ({"users": [10**400]}, ["users, entry 1: must be"]),
        ({"also": [{"systems": ["x"], "generators": ["native"]}]}, ["also, entry 1, systems: unknown name 'x'"]),
        ({"also": [{"system": ["fastapi"], "generators": ["native"]}]}, ["'also, entry 1, system'", "'systems'?"]),
        (
            {"system_catalogue": {"fastapi": {"server": "fastapi", "inference": "magic", "workers": 0}}},
            [
                "system_catalogue.fastapi.inference: must be 'sklearn'",
                "workers: must be at least 1 or 'cores' or 'all'",
            ],
        ),
        (
            {"model_catalogue": {"m": {"dataset": "digits", "estimator": "ridge", "parameters": {"alpha": []}}}},
            ["model_catalogue.m.parameters.alpha: must be a whole number or a number or a word or true or false"],
        ),
        ({"model_catalogue": {"Big": {"dataset": "digits", "estimator": "ridge"}}}, ["model_catalogue.Big: must be"]),
        (
            {"system_catalogue": {"crow": {"server": "crow", "inference": "compiled", "workers": 1, "threads": 1}}},
            ["workers or threads"],
        ),
        ({"load_hosts": ["a; rm -rf ~"]}, ["load_hosts, entry 1: must be a host's name of letters, digits, dots"]),
        ({"load_hosts": ["-oProxyCommand=x"]}, ["load_hosts, entry 1: must be a host's name"]),
        ({"load_hosts": ["a"]}, ["server_address: load hosts do not reach the loopback address"]),
        ({"load_hosts": ["a", "a"]}, ["load_hosts: 'a' is given twice"]),
        ({"load_host_command": "ssh {host}"}, ["load_host_command: must be a list such as [a, b]"]),
        ({"load_host_command": ["ssh", "{host}", "$(x)"]}, ["load_host_command, entry 3: must be a word of letters"]),
        (
            {"load_hosts": ["a"], "load_host_command": ["ssh"], "server_address": "198.18.0.1"},
            ["load_host_command: one of its words must hold {host}"],
        ),
        ({"server_address": "example.org"}, ["server_address: 'example.org' is no IPv4 address"]),
        ({"server_address": "0.0.0.0"}, ["server_address: '0.0.0.0' is no address of one interface"]),
    ],
)
def test_a_mistake_is_one_line_that_names_it(change, words):
    with pytest.raises(ServebenchError) as caught:
        parse_config(raw(**change))
    message = str(caught.value)
    assert "\n" not in message
    # None of pydantic's own.
    for word in ("Input should", "constrained", "literal", "got ", "Value error"):
        assert word not in message
    for word in words:
        assert word in message


def test_a_missing_key_is_named():
    values = raw()
    del values["study"]
    with pytest.raises(ServebenchError, match="missing key 'study'"):
        parse_config(values)


def test_a_broken_config_names_the_line_and_the_remedy(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("study: x\nusers: [1\nrates: }\n")
    with pytest.raises(ServebenchError, match=r"config\.yaml, line 3: this is no YAML .*: delete it and run"):
        load_config(path)


@pytest.mark.parametrize("text", ["", "[1, 2]", "word"])
def test_a_config_without_keys_is_one_line(tmp_path, text):
    path = tmp_path / "config.yaml"
    path.write_text(text)
    with pytest.raises(ServebenchError, match="the configuration must be a mapping of keys to values"):
        load_config(path)


def test_a_missing_config_is_one_line(tmp_path):
    with pytest.raises(ServebenchError, match="is the study's name right"):
        load_config(tmp_path / "config.yaml")


GROUP = {"systems": ["crow"], "generators": ["native"], "users": [1]}


def test_rows_a_request_are_one_where_nobody_says_otherwise():
    assert default_config().every_rows == [1]
    group = {**GROUP, "rows": [8, 16]}
    assert default_config(rows=[1, 16], also=[group]).every_rows == [1, 16, 8]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rows": [0]}, "rows, entry 1: must be at least 1, not 0"),
        ({"rows": []}, "rows: must be a list with something in it"),
        ({"rows": [16, 16]}, "rows: '16' is given twice"),
        ({"also": [{**GROUP, "rows": [2, 2]}]}, "also, entry 1, rows: '2' is given twice"),
    ],
)
def test_wrong_rows_are_one_line(change, words):
    with pytest.raises(ServebenchError) as caught:
        parse_config(raw(**change))
    assert words in str(caught.value)


def test_load_hosts_reach_no_endpoint_of_the_loopback_address():
    catalogue = {**raw()["system_catalogue"], "mine": {"url": "http://127.0.0.1:9000"}}
    hosts = {"load_hosts": ["a"], "server_address": "198.18.0.1"}
    with pytest.raises(ServebenchError, match=r"system_catalogue\.mine\.url: load hosts do not reach"):
        parse_config(raw(system_catalogue=catalogue, systems=["mine"], also=[], **hosts))
    assert parse_config(raw(**hosts)).load_host_command[-1] == "{host}"
