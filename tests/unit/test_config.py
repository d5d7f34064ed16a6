import json

import pytest
import yaml
from servebench.config import dump_config, load_config, parse_config
from servebench.config_schema import SCHEMA, schema_text
from servebench.errors import ServebenchError
from servebench.paths import REPOSITORY
from support.packages import default_config


def raw(**changes):
    return {**default_config().model_dump(), **changes}


def test_the_written_schema_is_the_models():
    assert SCHEMA.read_text() == schema_text()


@pytest.mark.parametrize("preset", ["sweep", "article", "scaling", "objective", "smoke"])
def test_every_preset_is_valid_and_names_its_own_study(preset):
    base = yaml.safe_load((REPOSITORY / "config/config.yaml").read_text())
    extra = yaml.safe_load((REPOSITORY / f"config/{preset}.yaml").read_text())
    for name, value in extra.items():
        base[name] = {**base[name], **value} if isinstance(value, dict) else value
    assert parse_config(base).study == preset


def test_a_dumped_config_reads_back_equal(tmp_path):
    config = default_config()
    path = tmp_path / "config.yaml"
    path.write_text(dump_config(config))
    assert load_config(path) == config


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"objective": "p99 < 5"}, ["objective", "write it like 'p99 <= 50 ms'"]),
        ({"target_rps": [5]}, ["target_rps", "give one"]),
        ({"rates": ["0%"]}, ["rates"]),
        ({"generators": ["wrk"], "rates": [5]}, ["'wrk'", "no open loop"]),
        ({"generators": ["wrk"], "rates": [], "duration_s": 1.5}, ["duration_s", "whole seconds"]),
        ({"generators": ["oha"], "rates": [], "think_time_s": 1}, ["think_time_s", "no think time"]),
        ({"repeat": 5}, ["unknown key 'repeat'", "did you mean 'repeats'?"]),
        ({"repeats": 0}, ["repeats", "greater than or equal to 1", "got 0"]),
        ({"users": [-5]}, ["users.0", "got -5"]),
        ({"users": [], "rates": []}, ["users and rates are both empty"]),
        ({"users": [1, 1]}, ["users: a number stands there twice"]),
        ({"systems": ["fastpi"]}, ["unknown name 'fastpi'", "did you mean 'fastapi'?"]),
        ({"models": ["nothing-like-it"]}, ["unknown name 'nothing-like-it'", "known:"]),
        ({"duration_s": "long"}, ["duration_s", "got 'long'"]),
        ({"study": "../up"}, ["study"]),
        ({"system_catalogue": {"fastapi": {"server": "fastapi", "inference": "sklearn"}}}, ["workers or threads"]),
    ],
)
def test_a_mistake_is_one_line_that_names_it(change, words):
    with pytest.raises(ServebenchError) as caught:
        parse_config(raw(**change))
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message


def test_a_missing_key_is_named():
    values = raw()
    del values["study"]
    with pytest.raises(ServebenchError, match="missing key 'study'"):
        parse_config(values)


def test_the_schema_lists_every_key():
    assert set(json.loads(schema_text())["properties"]) == set(default_config().model_dump())
