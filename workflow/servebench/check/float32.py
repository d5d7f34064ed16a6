"""How far a model in float32 is from its estimator, as its conversion found: too many other answers are a failure."""

from pathlib import Path

from servebench.check.contract import Failure
from servebench.files import read_json
from servebench.onnx.parity import Float32Parity
from servebench.paths import MANIFEST
from servebench.thresholds import MOST_OTHER_ANSWERS
from servebench.words import Inference


def read_float32(model: Path) -> Float32Parity | None:
    """What was compared when a model's folder was made by conversion; None where it is the estimator's own."""
    found = read_json(model / MANIFEST).get("parity")
    return None if found is None else Float32Parity.model_validate(found)


def float32_failures(parity: Float32Parity) -> list[Failure]:
    """Nothing, or that too many answers are others."""
    if parity.is_passed:
        return []
    expected = f"at most {MOST_OTHER_ANSWERS:.1%} of labels or answers that are others"
    remedy = f"leave the system out, or ask the model by inference {Inference.SKLEARN}"
    return [Failure("answers in float32", expected, f"{parity.describe()}: {remedy}")]
