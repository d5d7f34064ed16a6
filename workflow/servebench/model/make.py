"""A model's folder, from whichever kind of definition the config has."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from servebench.hashes import forget_hashes
from servebench.model.definition import ModelDefinition, TrainedModel
from servebench.model.read import read_model
from servebench.model.train import train


def make_model(params: Mapping[str, Any], decimals: str, seed: int, folder: Path) -> str | None:
    """Train a model or read its file, from a rule's params; returns what is to be said of a file that was read."""
    forget_hashes(folder)
    adapter: TypeAdapter[Any] = TypeAdapter(ModelDefinition)
    definition = adapter.validate_python({key: value for key, value in params.items() if key != "files"})
    if isinstance(definition, TrainedModel):
        train(definition, decimals, seed, folder)
        return None
    return read_model(definition, decimals, seed, folder)
