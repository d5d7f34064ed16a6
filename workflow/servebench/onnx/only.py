"""A model that came as an .onnx file: one inference alone can ask it."""

from collections.abc import Mapping
from typing import Any

from servebench.build.request import Unavailable
from servebench.words import Inference

# In the manifest of such a model: the inference that takes it.
ONLY = "only_inference"


def require_taken(manifest: Mapping[str, Any], inference: Inference) -> None:
    """Raise Unavailable where the model of a manifest is one that this inference cannot ask."""
    only = manifest.get(ONLY)
    if only is not None and only != inference:
        raise Unavailable(
            f"the {inference} inference takes no .onnx file",
            f"measure a system with inference {only}, which takes it",
            is_of_model=True,
        )
