"""A pickle is code: only a model that the study trained, or that the user named, is read as one."""

import re

import joblib
import pytest
from servebench.errors import ServebenchError
from servebench.files import sha256_file, write_json
from servebench.model.folder import read_estimator
from servebench.paths import MANIFEST, MODEL, REPOSITORY
from sklearn.linear_model import Ridge

# Those two: one reads what training wrote, the other the file that the config names.
UNPICKLING = {"servebench/model/folder.py", "servebench/model/file.py"}
LOADS = re.compile(
    r"(joblib|pickle|cloudpickle|dill|shelve|marshal|torch|skops\.io)\.(load|loads|open)\b|read_pickle|allow_pickle"
    r"|yaml\.(load|unsafe_load|full_load)\(|\beval\(|\bexec\("
)
# Its loader knows texts alone.
HARMLESS = "yaml.load(value, yaml.BaseLoader)"


def test_no_other_module_unpickles_or_runs_what_it_reads():
    workflow = REPOSITORY / "workflow"
    found = {
        path.relative_to(workflow).as_posix()
        for ending in ("py", "smk")
        for path in workflow.rglob(f"*.{ending}")
        if LOADS.search(path.read_text(encoding="utf-8").replace(HARMLESS, ""))
    }
    assert found == UNPICKLING


class Touches:
    """What runs code where it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


@pytest.fixture
def folder(tmp_path):
    """A model's folder as training leaves it."""
    joblib.dump(Ridge().fit([[0.0], [1.0]], [0.0, 1.0]), tmp_path / MODEL)
    write_json(tmp_path / MANIFEST, {"sha256": {MODEL: sha256_file(tmp_path / MODEL)}})
    return tmp_path


def test_the_model_that_was_trained_is_read(folder):
    assert isinstance(read_estimator(folder), Ridge)


def test_another_model_in_its_place_is_not_run(folder):
    joblib.dump(Touches(folder / "hostile"), folder / MODEL)
    with pytest.raises(ServebenchError, match="is not the model that its manifest names") as caught:
        read_estimator(folder)
    assert str(caught.value).isprintable()
    assert not (folder / "hostile").exists()


def test_a_cut_model_is_one_line(folder):
    (folder / MODEL).write_bytes((folder / MODEL).read_bytes()[:100])
    with pytest.raises(ServebenchError, match="is not the model that its manifest names"):
        read_estimator(folder)
