"""Reading a model's file: what it may run, which scikit-learn wrote it, and whether it holds what can be asked."""

import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import sklearn
from sklearn.exceptions import InconsistentVersionWarning

from servebench.errors import ServebenchError
from servebench.model.definition import ONNX, SKOPS
from servebench.model.sample import first_line
from servebench.onnx.estimator import OnnxEstimator
from servebench.onnx.file import read_onnx


@dataclass(frozen=True)
class LoadedFile:
    """An estimator, and the scikit-learn that wrote it where that is another one; None where it is ours."""

    estimator: Any
    written_by: str | None


def read_file(path: Path, n_columns: int) -> LoadedFile:
    """Load a fitted estimator for a sample of so many columns; raises ServebenchError where that fails."""
    if path.suffix.lower() == ONNX:
        return LoadedFile(read_onnx(path, n_columns), None)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            estimator = _load_skops(path) if path.suffix.lower() == SKOPS else joblib.load(path)
        except ServebenchError:
            raise
        except Exception as error:  # A pickle runs code, which may raise anything.
            raise ServebenchError(_describe_failure(path, error, _other_version(caught))) from None
    if not callable(getattr(estimator, "predict", None)):
        kind = type(estimator).__name__
        raise ServebenchError(f"{path} holds no estimator but {_article(kind)} {kind}: save the fitted estimator alone")
    return LoadedFile(estimator, _other_version(caught))


def _article(word: str) -> str:
    return "an" if word[:1].lower() in "aeiou" else "a"


def _load_skops(path: Path) -> Any:
    try:
        import skops.io
    except ImportError:
        raise ServebenchError(
            f"{path}: the package skops is missing: install it, or save the model as .joblib"
        ) from None
    untrusted = skops.io.get_untrusted_types(file=path)
    if untrusted:
        raise ServebenchError(
            f"{path} holds types that skops does not trust: {', '.join(sorted(untrusted))}: "
            "where you trust them, save the model as .joblib"
        )
    return skops.io.load(path)


def _other_version(caught: Sequence[warnings.WarningMessage]) -> str | None:
    """The version that scikit-learn warns of, if it does."""
    for warning in caught:
        if isinstance(warning.message, InconsistentVersionWarning):
            return str(warning.message.original_sklearn_version)
    return None


def _describe_failure(path: Path, error: Exception, written_by: str | None) -> str:
    if isinstance(error, ModuleNotFoundError):
        package = str(error.name).partition(".")[0]
        return (
            f"{path} needs the package '{package}', which is not installed here: install it beside servebench "
            f"(uv pip install --python {Path(sys.executable)} {package})"
        )
    if written_by is None:
        remedy = f"is it whole, and was it written by scikit-learn {sklearn.__version__}, which is ours?"
    else:
        remedy = f"scikit-learn {written_by} wrote it, ours is {sklearn.__version__}: save it again with that one"
    return f"{path} does not load ({type(error).__name__}: {first_line(error)}): {remedy}"


def describe_file(path: Path, loaded: LoadedFile) -> str:
    """What reading it meant, in one line."""
    if isinstance(loaded.estimator, OnnxEstimator):
        return f"read {path}: an ONNX model, which runs no code"
    is_code = "its types were checked before" if path.suffix.lower() == SKOPS else "it is a pickle, and ran as code"
    return f"read {path}: {is_code}; written by {_writer(loaded)}"


def _writer(loaded: LoadedFile) -> str:
    ours = f"scikit-learn {sklearn.__version__}"
    if loaded.written_by is not None:
        return f"scikit-learn {loaded.written_by}, ours is {sklearn.__version__}"
    package = type(loaded.estimator).__module__.partition(".")[0]
    return f"{ours}, which is ours" if package == "sklearn" else package
