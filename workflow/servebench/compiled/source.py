"""From a fitted estimator to the C source of its library."""

from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from servebench.compiled.library import HEADER

HERE = Path(__file__).parent
TRANSLATION_UNITS = 8


def write_source(estimator: Any, model_hash: str, folder: Path) -> list[Path]:
    """Write the model's C files into `folder`; returns those to compile."""
    scaler, core = _split(estimator)
    values: dict[str, Any] = {
        "estimator": type(core).__name__,
        "model_hash": model_hash,
        "n_features": int(estimator.n_features_in_),
        "scaler": _scaler(scaler),
        **_outputs(core),
        **(_linear(core) if isinstance(core, LogisticRegression | Ridge) else _trees(core, folder)),
    }
    template = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False).from_string(  # noqa: S701
        (HERE / "model.c.j2").read_text(encoding="utf-8")
    )
    (folder / "model.c").write_text(template.render(values), encoding="utf-8")
    (folder / HEADER.name).write_bytes(HEADER.read_bytes())
    return sorted(folder.glob("*.c"))


def _split(estimator: Any) -> tuple[StandardScaler | None, Any]:
    """The scaler in front, if any, and the estimator behind it."""
    if isinstance(estimator, Pipeline):
        (_, scaler), (_, core) = estimator.steps
        return scaler, core
    return None, estimator


def _literal(value: float) -> str:
    """A double as a C literal that reads back to the same bits."""
    return float(value).hex()


def _scaler(scaler: StandardScaler | None) -> dict[str, list[str]] | None:
    if scaler is None:
        return None
    return {"mean": [_literal(v) for v in scaler.mean_], "scale": [_literal(v) for v in scaler.scale_]}


def _outputs(core: Any) -> dict[str, Any]:
    classes = getattr(core, "classes_", None)
    if classes is None:
        return {"is_classifier": False, "n_outputs": 1, "labels": [0], "is_binary": False}
    labels = [int(label) for label in classes]
    return {"is_classifier": True, "n_outputs": len(labels), "labels": labels, "is_binary": len(labels) == 2}


def _linear(core: Any) -> dict[str, Any]:
    weights = np.atleast_2d(core.coef_)
    intercepts = np.atleast_1d(core.intercept_)
    if isinstance(core, Ridge):
        link = "identity"
    else:
        link = "sigmoid" if weights.shape[0] == 1 else "softmax"
    return {
        "kind": "linear",
        "weights": [[_literal(v) for v in row] for row in weights],
        "intercepts": [_literal(v) for v in intercepts],
        "link": link,
    }


def _trees(core: Any, folder: Path) -> dict[str, Any]:
    # Imported here: treelite loads a native library that linear models do not need.
    import tl2cgen
    import treelite

    tree_model = treelite.sklearn.import_model(core)
    tl2cgen.generate_c_code(tree_model, dirpath=str(folder), params={"parallel_comp": TRANSLATION_UNITS})
    is_histogram = isinstance(core, HistGradientBoostingClassifier | HistGradientBoostingRegressor)
    return {"kind": "trees", "cast_float32": not is_histogram, "is_binary": _is_one_probability(core)}


def _is_one_probability(core: Any) -> bool:
    """Whether the trees give one probability for two classes: binary boosting does, a forest does not."""
    is_boosting = isinstance(core, GradientBoostingClassifier | HistGradientBoostingClassifier)
    return is_boosting and len(core.classes_) == 2
