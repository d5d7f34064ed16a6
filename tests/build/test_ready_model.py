"""A model as checks, benchmarks and profiles ask it: with all that their systems need."""

import shutil

from servebench.check.server import ready_model
from servebench.compiled.library import HEADER
from servebench.config import dump_config
from servebench.files import read_json, write_json, write_text
from servebench.paths import CACHE, MANIFEST, StudyPaths, onnx_folder
from servebench.profile.subject import find_subject
from servebench.protocol.wire import Wire
from support.packages import default_config, system_definitions


def test_a_model_is_converted_where_a_system_asks_onnx(tmp_path):
    systems, config = system_definitions(), default_config()
    model = ready_model("cancer-logistic", [systems["fastapi"]], config, tmp_path)
    assert not onnx_folder(model).exists()
    assert ready_model("cancer-logistic", [systems["fastapi"], systems["fastapi-onnx"]], config, tmp_path) == model
    assert read_json(onnx_folder(model) / MANIFEST)["status"] == "built"


def test_a_library_of_another_interface_is_compiled_anew(tmp_path, monkeypatch):
    header = tmp_path / "header.h"
    header.write_text(HEADER.read_text() + "/* one function more */\n")
    kept = ready_model("cancer-logistic", [], default_config(), tmp_path)
    assert ready_model("cancer-logistic", [], default_config(), tmp_path) == kept
    monkeypatch.setattr("servebench.check.server.HEADER", header)
    assert ready_model("cancer-logistic", [], default_config(), tmp_path) != kept


def test_a_profile_is_made_with_the_rows_a_request_of_its_study(cancer_model, tmp_path):
    paths = StudyPaths(tmp_path / "x")
    given = {"models": ["cancer-logistic"], "systems": ["fastapi"], "users": [2], "rows": [8], "also": []}
    write_text(paths.config, dump_config(default_config(study="x", **given)))
    write_json(paths.build("cancer-logistic", "fastapi") / MANIFEST, {"status": "built", "language": "Python"})
    shutil.copytree(cancer_model, paths.model("cancer-logistic"))
    request = find_subject(paths, "fastapi", None).request(tmp_path / "scratch", CACHE)
    assert (Wire.read(request.wire).rows, request.load_point.rows) == (8, 8)
