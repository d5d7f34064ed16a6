import json
import shlex

import pytest
from servebench.address import Address
from servebench.config import dump_config
from servebench.errors import ServebenchError
from servebench.files import write_json, write_text
from servebench.paths import StudyPaths
from servebench.protocol.wire import Wire, write_wire
from servebench.serve import curl_line, find_request
from support.packages import default_config


@pytest.fixture
def study(tmp_path):
    """A study of a system that is built, one that could not be, and one that runs already."""
    paths = StudyPaths(tmp_path / "x")
    catalogue = {**default_config().system_catalogue, "mine": {"url": "http://127.0.0.1:9000"}}
    systems = ["fastapi", "crow", "beast", "mine"]
    config = default_config(study="x", systems=systems, also=[], rows=[2], system_catalogue=catalogue)
    write_text(paths.config, dump_config(config))
    write_json(paths.build("digits-boosting", "fastapi") / "manifest.json", {"status": "built"})
    failed = {"status": "unavailable", "reason": "no compiler", "remedy": "install one"}
    write_json(paths.build("digits-boosting", "crow") / "manifest.json", failed)
    return paths


def wire_of(folder):
    facts = {"protocol": "p", "rows": 1, "method": "POST", "path": "/predict", "headers": {"X": "it's"}}
    write_wire(folder, facts, ['{"text": "it\'s"}', "{}"], [])
    return Wire.read(folder)


def test_it_is_asked_what_the_study_asks(study):
    wire_of(study.wire("digits-boosting", "servebench", 2))
    request = find_request(study, "fastapi", None)
    assert request.wire == study.wire("digits-boosting", "servebench", 2)
    assert request.package == study.build("digits-boosting", "fastapi")


@pytest.mark.parametrize(
    ("system", "words"),
    [
        ("fastapy", "study 'x' has no system 'fastapy'; did you mean 'fastapi'?"),
        ("beast", "run `make STUDY=x` first, which builds beast"),
        ("crow", "system crow could not be built: no compiler: install one"),
        ("mine", "system mine runs already: ask it at http://127.0.0.1:9000"),
        ("fastapi", "run `make STUDY=x` first, which renders it"),
    ],
)
def test_what_cannot_be_started_is_one_line(study, system, words):
    with pytest.raises(ServebenchError) as caught:
        find_request(study, system, None)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_line_for_curl_holds_the_body_as_the_shell_reads_it(tmp_path):
    words = shlex.split(curl_line(wire_of(tmp_path), Address("127.0.0.1", 8000)))
    assert words[:3] == ["curl", "-X", "POST"]
    assert words[-1] == "http://127.0.0.1:8000/predict"
    assert words[words.index("-H") + 1] == "X: it's"
    assert json.loads(words[words.index("-d") + 1]) == {"text": "it's"}


def test_a_study_that_was_never_run_is_one_line(tmp_path):
    with pytest.raises(
        ServebenchError, match="study 'y' is not built yet: run `make STUDY=y` first, which builds crow"
    ):
        find_request(StudyPaths(tmp_path / "y"), "crow", None)
