"""A server as a stranger brings it: one folder, a health path and a start of its own, and nothing else."""

import json
import shutil
from pathlib import Path

import pytest
from servebench.build.declared import systems_of_server
from servebench.build.system import build_system
from servebench.check.system import check_system
from servebench.errors import ServebenchError
from support.packages import make_wire
from support.processes import none_left
from support.servers import use_servers, write_server

SERVER = Path(__file__).parents[1] / "support" / "strangers_server.py"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The stranger's folder, the only one in servers/."""
    servers = use_servers(tmp_path / "servers", monkeypatch)
    write_server(
        servers / "theirs",
        language="Python",
        framework="http.server",
        inference=["compiled"],
        start="{python} app.py {host}:{port}",
        environment={"LIBRARY": "{model}/libservebench_model.so"},
        health={"path": "/ready?now=1"},
        version="{python} -c 'import platform; print(platform.python_version())'",
        contract="minimal",
        systems={"theirs": {"inference": "compiled", "workers": 1}},
    )
    shutil.copy(SERVER, servers / "theirs" / "app.py")
    return servers / "theirs"


def test_it_is_built_and_checked_as_it_is(folder, cancer_model, tmp_path):
    system = systems_of_server("theirs")["theirs"]
    package = tmp_path / "package"
    manifest = build_system("theirs", system, cancer_model, cancer_model / "compiled", package, tmp_path / "cache")
    if manifest["status"] != "built":
        pytest.skip(manifest["reason"])
    assert manifest["versions"]["http.server"].startswith("3.")
    outcome = check_system(
        package, cancer_model, 30.0, True, tmp_path / "check.json", tmp_path / "check.log", make_wire(cancer_model)
    )
    assert outcome["status"] == "passed"
    assert outcome["health"] == {}
    assert outcome["golden_answers"] == 1_000
    assert {"case": "healthz status", "expected": "ok", "got": "None"} in outcome["found_deviations"]
    assert json.loads((tmp_path / "check.json").read_text()) == outcome
    assert none_left(str(tmp_path))


def test_wrong_predictions_are_never_measured(folder, cancer_model, tmp_path):
    text = (folder / "app.py").read_text()
    (folder / "app.py").write_text(text.replace("outputs[:]", "[0.5 for _ in outputs]"))
    system = systems_of_server("theirs")["theirs"]
    package = tmp_path / "package"
    manifest = build_system("theirs", system, cancer_model, cancer_model / "compiled", package, tmp_path / "cache")
    if manifest["status"] != "built":
        pytest.skip(manifest["reason"])
    with pytest.raises(ServebenchError, match="check of theirs failed in 5 cases"):
        check_system(
            package, cancer_model, 30.0, True, tmp_path / "check.json", tmp_path / "check.log", make_wire(cancer_model)
        )
