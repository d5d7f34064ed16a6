"""From a fitted estimator to ONNX by skl2onnx: what its columns are sent as, and which step has no operator."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from servebench.build.request import TAKES_EVERY_MODEL, Unavailable
from servebench.errors import ServebenchError
from servebench.model.contract import Column, ModelContract
from servebench.model.sample import first_line
from servebench.onnx.estimator import OnnxEstimator
from servebench.onnx.layout import OnnxInput, OnnxLayout
from servebench.onnx.session import open_session
from servebench.words import ColumnType

LONGEST = 200
MATRIX = "features"
NO_STEP = "has no"
# The newest operators that all of skl2onnx's converters know.
TARGET_OPSET = {"": 21, "ai.onnx.ml": 3}
_CLASS = re.compile(r"<class '(?:[\w.]*\.)?(\w+)'>")


def cannot_convert(reason: str) -> Unavailable:
    """Why there is no ONNX of a model, and which inference takes it."""
    return Unavailable(f"the onnx inference {reason}", TAKES_EVERY_MODEL, is_of_model=True)


def to_onnx(estimator: Any, contract: ModelContract, answer: Mapping[str, Any], threads: int) -> OnnxEstimator:
    """Convert an estimator whose first answer is this one; raises Unavailable, with the step that cannot be."""
    _require_converter()
    labels = _labels(estimator, answer)
    columns = [contract.columns[place] for place in contract.training_order]
    for column in columns:
        if column.type is ColumnType.TEXT and column.has_null:
            raise cannot_convert(f"takes texts without null, and column '{column.name}' is {column.label}")
    reasons: list[str] = []
    for inputs in _ways(contract, columns):
        try:
            content = _converted(estimator, inputs)
            session = open_session(content, threads)
        except ServebenchError as error:
            raise Unavailable(str(error), "install it, then `make retry`") from None
        except Exception as error:  # skl2onnx and ONNX Runtime raise anything.
            reasons.append(_describe(estimator, error))
            continue
        outputs = [output.name for output in session.get_outputs()]
        layout = OnnxLayout(
            inputs,
            outputs[0],
            outputs[1] if contract.classes is not None else None,
            labels,
            is_array=isinstance(answer["prediction"], list),
        )
        names = [one.name for one in inputs] if contract.trained_on is not None and len(inputs) > 1 else None
        return OnnxEstimator(content, layout, names, threads)
    # One way may fail for its columns: a step without an operator fails in all.
    raise cannot_convert(next((reason for reason in reasons if reason.startswith(NO_STEP)), reasons[-1]))


def _require_converter() -> None:
    try:
        import skl2onnx  # noqa: F401
    except ImportError:
        raise Unavailable(
            "the package skl2onnx is missing", "install skl2onnx and onnxruntime beside servebench, then `make retry`"
        ) from None


def _labels(estimator: Any, answer: Mapping[str, Any]) -> tuple[Any, ...] | None:
    classes = getattr(estimator, "classes_", None)
    if isinstance(classes, list) or (classes is not None and isinstance(answer["prediction"], list)):
        raise cannot_convert("has one output of a classifier, and this model several")
    return None if classes is None else tuple(classes.tolist())


def _ways(contract: ModelContract, columns: list[Column]) -> Iterator[tuple[OnnxInput, ...]]:
    """How the columns may be sent, the cheapest first: one matrix, or an input a column.

    Booleans are sent as such where the model has operators for them, else as 0 and 1.
    """
    kinds = {column.type for column in columns}
    if kinds <= {ColumnType.NUMBER, ColumnType.BOOLEAN} or kinds == {ColumnType.TEXT}:
        yield (OnnxInput(MATRIX, "object" if kinds == {ColumnType.TEXT} else "float32", len(columns)),)
    if contract.trained_on is None and len(kinds) == 1:
        return
    for boolean in ("bool", "float32"):
        dtypes = {ColumnType.TEXT: "object", ColumnType.BOOLEAN: boolean, ColumnType.NUMBER: "float32"}
        yield tuple(OnnxInput(column.name, dtypes[column.type], 1) for column in columns)


def _converted(estimator: Any, inputs: tuple[OnnxInput, ...]) -> bytes:
    import skl2onnx
    from skl2onnx.common.data_types import BooleanTensorType, FloatTensorType, StringTensorType

    types = {"object": StringTensorType, "bool": BooleanTensorType, "float32": FloatTensorType}
    is_classifier = hasattr(estimator, "predict_proba")
    model = skl2onnx.convert_sklearn(
        estimator,
        initial_types=[(one.name, types[one.dtype]([None, one.width])) for one in inputs],
        # An array is cheaper to read than a map a row.
        target_opset=TARGET_OPSET,
        options={id(estimator): {"zipmap": False}} if is_classifier else None,
    )
    return bytes(model.SerializeToString())


def _describe(estimator: Any, error: Exception) -> str:
    """The step that has no operator, where the converter names its class; else what it says."""
    found = _CLASS.search(str(error))
    if found is None:
        return f"does not convert the model: {first_line(error)[:LONGEST]}"
    step = next((name for name, part in _steps("", estimator) if type(part).__name__ == found[1]), "")
    return f"{NO_STEP} {found[1]}" + (f" (step '{step}')" if step else "")


def _steps(name: str, part: Any) -> Iterator[tuple[str, Any]]:
    """The steps of pipelines and column transformers, each with its name."""
    yield name, part
    for inner in [*getattr(part, "steps", []), *getattr(part, "transformers_", [])]:
        yield from _steps(str(inner[0]), inner[1])
