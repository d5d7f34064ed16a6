"""Which of a study's systems stand for what the article compared: by framework, language and inference."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from servebench.words import Inference

# The article's own words for what it compared.
PYTHON_FRAMEWORK = "FastAPI"
CPP_FRAMEWORK = "Crow"
CPP = "C++"


@dataclass(frozen=True)
class ServerKind:
    """What a server is made with, as its server.yaml says."""

    language: str
    framework: str


@dataclass(frozen=True)
class Roles:
    """FastAPI with scikit-learn, the same server with the compiled model where the study has it, and the C++ system.

    The article's C++ framework comes first; where it was not measured any other one stands for it.
    """

    python: str
    compiled: str | None
    cpp: str
    is_articles_cpp: bool


def roles_of(cells: pd.DataFrame, kinds: Mapping[str, ServerKind]) -> Roles | None:
    """The first system of each kind; None where FastAPI or C++ is missing. `kinds` are of the servers, by name."""
    python = _first(cells, Inference.SKLEARN, kinds, lambda kind: kind.framework == PYTHON_FRAMEWORK)
    named = _first(cells, Inference.COMPILED, kinds, lambda kind: kind.framework == CPP_FRAMEWORK)
    cpp = named or _first(cells, Inference.COMPILED, kinds, lambda kind: kind.language == CPP)
    if python is None or cpp is None:
        return None
    server = cells.loc[cells["system"] == python, "server"].iloc[0]
    of_server = cells[cells["server"] == server]
    return Roles(python, _first(of_server, Inference.COMPILED, kinds, lambda _: True), cpp, named is not None)


def _first(
    cells: pd.DataFrame, inference: Inference, kinds: Mapping[str, ServerKind], fits: Callable[[ServerKind], bool]
) -> str | None:
    servers = [name for name, kind in kinds.items() if fits(kind)]
    found = cells.loc[cells["server"].isin(servers) & (cells["inference"] == inference), "system"]
    return str(found.iloc[0]) if len(found) else None
