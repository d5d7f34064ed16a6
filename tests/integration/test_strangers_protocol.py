"""A server that speaks another JSON than ours: what it is asked and told stands in its protocol's description."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from servebench.build.declared import systems_of_server
from servebench.build.system import build_system
from servebench.check.system import check_system
from servebench.errors import ServebenchError
from servebench.protocol.wire import write_unavailable
from servebench.trial.run import run_trial
from servebench.words import Outcome
from support.packages import make_wire, trial_request
from support.processes import none_left
from support.servers import use_servers, write_server

SERVER = Path(__file__).parents[1] / "support" / "inference_server.py"
NEVER = "0:0"


@pytest.fixture
def build(cancer_model, tmp_path, monkeypatch):
    """The stranger's package, which answers wrongly to some requests by their number."""
    use_servers(tmp_path / "servers", monkeypatch)

    def made(wrong):
        write_server(
            tmp_path / "servers" / "theirs",
            language="Python",
            framework="http.server",
            start="{python} app.py {host}:{port}",
            environment={"LIBRARY": "{model}/libservebench_model.so", "WRONG": wrong},
            protocol="open-inference",
            systems={"theirs": {"inference": "compiled", "workers": 1}},
        )
        shutil.copy(SERVER, tmp_path / "servers" / "theirs" / "app.py")
        system, package = systems_of_server("theirs")["theirs"], tmp_path / "package"
        manifest = build_system("theirs", system, cancer_model, cancer_model / "compiled", package, tmp_path / "cache")
        if manifest["status"] != "built":
            pytest.skip(manifest["reason"])
        return package

    return made


def check(package, model, folder):
    wire = make_wire(model, "open-inference")
    return check_system(package, model, 30.0, True, folder / "check.json", folder / "check.log", wire)


def test_its_check_asks_for_golden_answers_and_health_alone(build, cancer_model, tmp_path):
    outcome = check(build(NEVER), cancer_model, tmp_path)
    assert (outcome["status"], outcome["protocol"]) == ("passed", "open-inference")
    assert (outcome["golden_answers"], outcome["cases"], outcome["found_deviations"]) == (1_000, [], [])
    assert none_left(str(tmp_path))


def test_one_wrong_answer_of_a_thousand_is_found(build, cancer_model, tmp_path):
    with pytest.raises(ServebenchError, match=r"check of theirs failed in 1 case: .*\n  golden answer 700: expected"):
        check(build("700:701"), cancer_model, tmp_path)


@pytest.mark.parametrize("generator", ["native", "locust"])
def test_its_trial_finds_wrong_answers_under_load(build, cancer_model, tmp_path, generator):
    for wrong in (NEVER, "150:1000000000"):
        package = build(wrong)
        asked = trial_request(package, cancer_model, tmp_path / wrong, generator=generator, duration_s=1.0)
        system = systems_of_server("theirs")["theirs"]
        request = replace(
            asked,
            settings=asked.settings.model_copy(update={"system": system}),
            wire=make_wire(cancer_model, "open-inference", 1 if generator == "native" else 3),
        )
        load = run_trial(request, None).load
        assert load.answers_checked > 0
        assert ("wrong_answer" in load.errors) is (wrong != NEVER)
        if wrong == NEVER:
            assert load.errors == {}
    assert none_left(str(tmp_path))


def test_what_its_protocol_cannot_carry_is_not_measured(build, cancer_model, tmp_path):
    write_unavailable(tmp_path / "wire", {"status": "unavailable", "reason": "no texts", "remedy": "another protocol"})
    package = build(NEVER)
    outcome = check_system(
        package, cancer_model, 5.0, False, tmp_path / "c.json", tmp_path / "c.log", tmp_path / "wire"
    )
    assert outcome == {"status": "not checked", "reason": "no texts", "remedy": "another protocol"}
    with pytest.raises(ServebenchError, match="theirs is required: no texts; another protocol"):
        check_system(package, cancer_model, 5.0, True, tmp_path / "c.json", tmp_path / "c.log", tmp_path / "wire")
    asked = replace(trial_request(package, cancer_model, tmp_path / "trials"), wire=tmp_path / "wire")
    record = run_trial(asked, None)
    assert (record.outcome, record.reason) == (Outcome.NOT_MEASURED, "no texts")
