"""From a fitted estimator to the C source of its library."""

from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import ElasticNet, Lasso, LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import Pipeline

from servebench.compiled.library import HEADER
from servebench.compiled.preparation import cannot_compile, is_passed_through, literal, prepare
from servebench.model.contract import ModelContract
from servebench.words import ColumnType

HERE = Path(__file__).parent
TRANSLATION_UNITS = 8
LINEAR = (LogisticRegression, Ridge, LinearRegression, Lasso, ElasticNet)
TREES = (
    *(ExtraTreesClassifier, RandomForestClassifier, GradientBoostingClassifier, HistGradientBoostingClassifier),
    *(ExtraTreesRegressor, RandomForestRegressor, GradientBoostingRegressor, HistGradientBoostingRegressor),
)
# The C interface has 32 bits for it.
MOST_LABEL = 2**31 - 1


def write_source(estimator: Any, contract: ModelContract, model_hash: str, folder: Path) -> list[Path]:
    """Write the model's C files into `folder`; returns those to compile.

    Raises Unavailable, with the step that cannot be compiled, where the estimator or its columns are others than these.
    """
    front, core = _split(estimator)
    prepared = _prepare(front, len(contract.columns))
    _require_numbers(contract)
    values: dict[str, Any] = {
        "estimator": type(core).__name__,
        "model_hash": model_hash,
        "n_features": len(contract.columns),
        "takes_null": [int(column.has_null) for column in contract.columns],
        "prepared": prepared,
        **_outputs(core, contract),
        **(_linear(core) if isinstance(core, LINEAR) else _trees(core, folder)),
    }
    template = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False).from_string(  # noqa: S701
        (HERE / "model.c.j2").read_text(encoding="utf-8")
    )
    (folder / "model.c").write_text(template.render(values), encoding="utf-8")
    (folder / HEADER.name).write_bytes(HEADER.read_bytes())
    return sorted(folder.glob("*.c"))


def _require_numbers(contract: ModelContract) -> None:
    for column in contract.columns:
        if column.type is not ColumnType.NUMBER:
            raise cannot_compile(f"takes numbers, and column '{column.name}' is {column.label}")
    names = tuple(column.name for column in contract.columns)
    if contract.trained_on is not None and contract.trained_on != names:
        raise cannot_compile("takes the columns in the order of the training, and the sample has another")


def _split(estimator: Any) -> tuple[list[tuple[str, Any]], Any]:
    """The steps in front, with their names, and the estimator behind them."""
    steps = estimator.steps if isinstance(estimator, Pipeline) else [("", estimator)]
    *front, (_, core) = [(name, step) for name, step in steps if not is_passed_through(step)]
    if type(core) not in (*LINEAR, *TREES):
        raise cannot_compile(f"has no {type(core).__name__}")
    return front, core


def _prepare(front: list[tuple[str, Any]], n_features: int) -> list[str]:
    """What the estimator is given, as expressions of the features; nothing where these are it."""
    columns = [f"features[{index}]" for index in range(n_features)]
    for name, step in front:
        columns = prepare(name, step, columns)
    return columns if front else []


def _outputs(core: Any, contract: ModelContract) -> dict[str, Any]:
    has_many_targets = contract.classes is None and np.ndim(getattr(core, "coef_", 0)) > 1
    if has_many_targets or getattr(core, "n_outputs_", 1) > 1:
        raise cannot_compile("has one output, and this model several")
    if contract.classes is None:
        return {"is_classifier": False, "n_outputs": 1, "labels": [0], "is_binary": False}
    for label in contract.classes:
        if isinstance(label, bool | str) or label != int(label) or abs(label) > MOST_LABEL:
            raise cannot_compile(f"has labels that are whole numbers, and one here is {label!r}")
    labels = [int(label) for label in contract.classes]
    return {"is_classifier": True, "n_outputs": len(labels), "labels": labels, "is_binary": len(labels) == 2}


def _linear(core: Any) -> dict[str, Any]:
    weights = np.atleast_2d(core.coef_)
    intercepts = np.atleast_1d(core.intercept_)
    if isinstance(core, LogisticRegression):
        link = "sigmoid" if weights.shape[0] == 1 else "softmax"
    else:
        link = "identity"
    return {
        "kind": "linear",
        "weights": [[literal(v) for v in row] for row in weights],
        "intercepts": [literal(v) for v in intercepts],
        "link": link,
    }


def _trees(core: Any, folder: Path) -> dict[str, Any]:
    # Imported here: treelite loads a native library that linear models do not need.
    import tl2cgen
    import treelite

    try:
        tree_model = treelite.sklearn.import_model(core)
    except (treelite.TreeliteError, NotImplementedError, ValueError, TypeError) as error:
        raise cannot_compile(f"does not read this {type(core).__name__}: {str(error).splitlines()[0]}") from None
    tl2cgen.generate_c_code(tree_model, dirpath=str(folder), params={"parallel_comp": TRANSLATION_UNITS})
    is_histogram = isinstance(core, HistGradientBoostingClassifier | HistGradientBoostingRegressor)
    return {"kind": "trees", "cast_float32": not is_histogram, "is_binary": _is_one_probability(core)}


def _is_one_probability(core: Any) -> bool:
    """Whether the trees give one probability for two classes: binary boosting does, a forest does not."""
    is_boosting = isinstance(core, GradientBoostingClassifier | HistGradientBoostingClassifier)
    return is_boosting and len(core.classes_) == 2
