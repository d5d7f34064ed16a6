"""The JSON files of other stages, as far as the report reads them."""

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from servebench.errors import ServebenchError

Kind = TypeVar("Kind", bound=BaseModel)


def read_stage_file(path: Path, kind: type[Kind]) -> Kind:
    """A manifest or a calibration; raises ServebenchError, with the remedy, where it is missing or broken."""
    if not path.exists():
        raise ServebenchError(f"{path} is missing: run the study again")
    try:
        return kind.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        what = ".".join(str(part) for part in first["loc"]) or first["msg"].split(":")[0]
        raise ServebenchError(f"{path} is broken ({what}): delete it and run the study again") from None
