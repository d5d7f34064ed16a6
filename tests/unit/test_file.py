import pickle

import joblib
import pytest
import sklearn
from servebench.errors import ServebenchError
from servebench.model.file import describe_file, read_file
from sklearn.linear_model import Ridge


class Needy:
    """A pickle that needs a package which is not here."""

    def __reduce__(self):
        return __import__, ("no_such_package",)


class Failing:
    """A pickle that fails as one of another version does."""

    def __reduce__(self):
        return getattr, ("", "no_such_name")


class Foreign:
    """A type that skops does not know."""


def older(estimator, version="1.2.0"):
    """The bytes of an estimator as an older scikit-learn would have written them."""
    ours = sklearn.__version__.encode()
    written = pickle.dumps(estimator, protocol=2)
    assert ours in written
    old = version.encode()
    marked = len(ours).to_bytes(4, "little") + ours
    assert marked in written
    return written.replace(marked, len(old).to_bytes(4, "little") + old)


@pytest.mark.parametrize("suffix", [".joblib", ".pkl", ".pickle"])
def test_a_pickle_is_read_and_said_to_be_code(tmp_path, suffix):
    path = tmp_path / f"model{suffix}"
    joblib.dump(Ridge().fit([[1.0], [2.0]], [1, 2]), path)
    loaded = read_file(path, 1)
    assert isinstance(loaded.estimator, Ridge)
    line = f"read {path}: it is a pickle, and ran as code; written by scikit-learn {sklearn.__version__}, which is ours"
    assert describe_file(path, loaded) == line


def test_a_plain_pickle_is_read_too(tmp_path):
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps(Ridge()))
    assert isinstance(read_file(path, 1).estimator, Ridge)


def test_another_scikit_learn_is_named(tmp_path):
    path = tmp_path / "model.pkl"
    path.write_bytes(older(Ridge()))
    loaded = read_file(path, 1)
    assert loaded.written_by == "1.2.0"
    assert describe_file(path, loaded).endswith(f"written by scikit-learn 1.2.0, ours is {sklearn.__version__}")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "does not load"),
        (b"no pickle", "does not load"),
        (pickle.dumps(Ridge())[:-20], "does not load"),
        (pickle.dumps(Failing()), "does not load (AttributeError: 'str' object has no attribute 'no_such_name')"),
        (pickle.dumps(Needy()), "needs the package 'no_such_package', which is not installed here"),
        (pickle.dumps({"model": Ridge()}), "holds no estimator but a dict: save the fitted estimator alone"),
        (pickle.dumps([1]), "holds no estimator but a list"),
    ],
)
def test_a_file_that_holds_no_estimator_is_one_line(tmp_path, content, words):
    path = tmp_path / "model.pkl"
    path.write_bytes(content)
    with pytest.raises(ServebenchError) as caught:
        read_file(path, 1)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_failure_names_the_version_that_wrote_the_file(tmp_path):
    path = tmp_path / "model.pkl"
    path.write_bytes(older([Ridge(), Failing()]))
    with pytest.raises(ServebenchError, match=f"scikit-learn 1.2.0 wrote it, ours is {sklearn.__version__}: save it"):
        read_file(path, 1)


def test_skops_is_read_and_types_that_it_does_not_trust_are_named(tmp_path):
    skops = pytest.importorskip("skops.io")
    path = tmp_path / "model.skops"
    skops.dump(Ridge().fit([[1.0], [2.0]], [1, 2]), path)
    loaded = read_file(path, 1)
    assert isinstance(loaded.estimator, Ridge)
    assert "its types were checked before" in describe_file(path, loaded)
    foreign = Ridge()
    foreign.note = Foreign()
    skops.dump(foreign, path)
    with pytest.raises(ServebenchError, match=r"types that skops does not trust: .*Foreign"):
        read_file(path, 1)
