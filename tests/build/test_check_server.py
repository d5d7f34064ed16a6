"""`make check-server`: each case of a server's systems, without a study."""

import pytest
from servebench.check.contract import load_cases
from servebench.check.server import check_server
from servebench.errors import ServebenchError
from servebench.paths import SERVERS
from support.packages import default_config
from support.processes import none_left
from support.servers import write_server

MODEL = "cancer-logistic"


def test_every_case_of_a_server_is_printed(tmp_path, capsys):
    check_server("fastapi", MODEL, default_config(), tmp_path)
    lines = capsys.readouterr().out.splitlines()
    counts = f"{len(load_cases())} passed, 0 failed, 0 excused"
    for system in ("fastapi", "fastapi-compiled"):
        assert f"{system}: {counts}; 1,000 golden answers right: can be measured" in lines
    precision = "within 1e-05 of the estimator (float32), 0 of 10,000 labels flip"
    assert f"fastapi-onnx: {counts}; 1,000 golden answers right, {precision}: can be measured" in lines
    assert lines.count("  passed   not JSON") == 3
    assert none_left(str(tmp_path))


def test_a_full_contract_is_not_kept_by_the_tutorials_server(tmp_path, capsys, monkeypatch):
    for module in ("build.server_manifest", "build.sources", "build.system", "build.request"):
        monkeypatch.setattr(f"servebench.{module}.SERVERS", tmp_path / "servers")
    shared = [f"fastapi/{name}.py" for name in ("inference", "columns", "inputs")]
    for path in (*shared, "fastapi-plain/main.py", "fastapi-plain/server.yaml"):
        copy = tmp_path / "servers" / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((SERVERS / path).read_bytes())
    manifest = tmp_path / "servers/fastapi-plain/server.yaml"
    manifest.write_text(manifest.read_text().replace("contract: minimal", "contract: full"))
    with pytest.raises(ServebenchError, match=r"^fastapi-plain would not be measured: mend .*, excuse the cases"):
        check_server("fastapi-plain", MODEL, default_config(), tmp_path / "cache")
    assert "  failed   not JSON: expected status 400, got status 422" in capsys.readouterr().out


def test_a_server_that_cannot_be_built_says_so_with_its_remedy(tmp_path, capsys, monkeypatch):
    for module in ("build.server_manifest", "build.system", "build.request"):
        monkeypatch.setattr(f"servebench.{module}.SERVERS", tmp_path / "servers")
    tool = {"name": "no-such-program", "version": ["--version"], "remedy": "install it"}
    write_server(tmp_path / "servers/mine", tools=[tool], systems={"mine": {"inference": "compiled", "threads": 1}})
    with pytest.raises(ServebenchError, match=r"^mine cannot be built here"):
        check_server("mine", MODEL, default_config(), tmp_path / "cache")
    assert "mine: not available: no-such-program is not on the PATH; install it (its log: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "model", "words"),
    [
        ("nobody", MODEL, "no server 'nobody' in servers/"),
        ("fastapi", "cancer-logistics", "unknown model 'cancer-logistics'; did you mean 'cancer-logistic'"),
        ("mine", MODEL, "servers/mine/server.yaml declares no system"),
    ],
)
def test_a_mistake_is_one_line(tmp_path, monkeypatch, name, model, words):
    if name == "mine":
        monkeypatch.setattr("servebench.build.server_manifest.SERVERS", tmp_path)
        write_server(tmp_path / "mine")
    with pytest.raises(ServebenchError, match=words):
        check_server(name, model, default_config(), tmp_path)
