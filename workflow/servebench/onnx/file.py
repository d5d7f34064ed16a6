"""Reading an .onnx file, which runs no code."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from servebench.errors import ServebenchError
from servebench.model.sample import first_line
from servebench.onnx.estimator import OnnxEstimator
from servebench.onnx.layout import OnnxInput
from servebench.onnx.outputs import find_layout
from servebench.onnx.session import DTYPES, open_session

_ALLOWED = "a model takes one matrix of shape [None, n], or one input of shape [None, 1] a column"


def read_onnx(path: Path, n_columns: int) -> OnnxEstimator:
    """The model in a file, for a sample of so many columns; raises ServebenchError where it takes no rows."""
    content = path.read_bytes()
    try:
        session = open_session(content, 1)
    except ServebenchError as error:
        raise ServebenchError(f"{path}: {error}") from None
    except Exception as error:  # ONNX Runtime has kinds of its own.
        raise ServebenchError(f"{path} does not load ({first_line(error)}): is it a whole ONNX model?") from None
    try:
        return make_estimator(content, session, n_columns)
    except ServebenchError as error:
        raise ServebenchError(f"{path}: {error}") from None


def make_estimator(content: bytes, session: Any, n_columns: int, threads: int = 1) -> OnnxEstimator:
    """What asks a model: it takes one matrix, or one input a column."""
    given = session.get_inputs()
    if len(given) == 1:
        inputs: tuple[OnnxInput, ...] = (_matrix(given[0], n_columns),)
        names = None
    else:
        inputs = tuple(_column(one) for one in given)
        names = [one.name for one in given]
    return OnnxEstimator(content, find_layout(content, inputs, session.get_outputs()), names, threads)


def _matrix(given: Any, n_columns: int) -> OnnxInput:
    width = _width(given)
    return OnnxInput(given.name, _dtype(given), n_columns if width is None else width)


def _column(given: Any) -> OnnxInput:
    if _width(given) not in (1, None):
        raise ServebenchError(f"its input '{given.name}' is one of several and has several columns: {_ALLOWED}")
    return OnnxInput(given.name, _dtype(given), 1)


def _width(given: Any) -> int | None:
    """The columns of an input; None where the file leaves them open."""
    shape: Sequence[Any] = given.shape
    if len(shape) != 2:
        raise ServebenchError(f"its input '{given.name}' has the shape {list(shape)}: {_ALLOWED}")
    return shape[1] if isinstance(shape[1], int) else None


def _dtype(given: Any) -> str:
    if given.type not in DTYPES:
        raise ServebenchError(
            f"its input '{given.name}' is {given.type}: a request carries numbers, booleans and texts"
        )
    return DTYPES[given.type]
