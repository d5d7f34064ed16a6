"""Which of a study's systems stand for what the article compared: by server and inference, whatever their names."""

from dataclasses import dataclass

import pandas as pd

from servebench.words import Inference

PYTHON_SERVER = "fastapi"
# The article's framework first, then the floor under any C++ framework, which every machine can build.
CPP_SERVERS = ("crow", "beast")


@dataclass(frozen=True)
class Roles:
    """FastAPI with scikit-learn, FastAPI with the compiled model where the study has it, and the C++ system."""

    python: str
    compiled: str | None
    cpp: str
    is_crow: bool


def roles_of(cells: pd.DataFrame) -> Roles | None:
    """The first system of each kind; None where FastAPI or C++ is missing."""
    python, compiled = (
        _first(cells, PYTHON_SERVER, inference) for inference in (Inference.SKLEARN, Inference.COMPILED)
    )
    for server in CPP_SERVERS:
        cpp = _first(cells, server, Inference.COMPILED)
        if python is not None and cpp is not None:
            return Roles(python, compiled, cpp, server == CPP_SERVERS[0])
    return None


def _first(cells: pd.DataFrame, server: str, inference: Inference) -> str | None:
    found = cells.loc[(cells["server"] == server) & (cells["inference"] == inference), "system"]
    return str(found.iloc[0]) if len(found) else None
