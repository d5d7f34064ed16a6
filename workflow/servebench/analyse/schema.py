"""The tables' schemas: workflow/schemas/<table>.yaml lists each column with type, unit and meaning."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"
DTYPES = {"string": "string", "integer": "Int64", "number": "Float64", "boolean": "boolean"}


class Column(BaseModel):
    """One column; `required` ones are never empty."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    type: Literal["string", "integer", "number", "boolean"]
    required: bool = False
    meaning: str


class TableSchema(BaseModel):
    """A table's columns in their order."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    columns: list[Column]


def load_schema(table: str) -> TableSchema:
    """The schema of trials, cells or contrasts; `with_interval` columns stand for three."""
    raw = yaml.safe_load((SCHEMAS / f"{table}.yaml").read_text(encoding="utf-8"))
    columns: list[Column] = []
    for entry in raw["columns"]:
        with_interval = entry.pop("with_interval", False)
        columns.append(Column(**entry))
        if with_interval:
            columns += [
                Column(name=f"{entry['name']}_{side}", type="number", meaning=f"{side} end of its 95 % interval")
                for side in ("low", "high")
            ]
    return TableSchema(columns=columns)


def to_frame(rows: Sequence[dict[str, Any]], schema: TableSchema) -> pd.DataFrame:
    """Rows as a frame with exactly the schema's columns and types; absent values are empty."""
    frame = pd.DataFrame({column.name: [row.get(column.name) for row in rows] for column in schema.columns})
    frame = frame.astype({column.name: DTYPES[column.type] for column in schema.columns})
    problems = violations(frame, schema)
    if problems:
        raise ValueError(f"table does not keep its schema: {'; '.join(problems)}")
    return frame


def violations(frame: pd.DataFrame, schema: TableSchema) -> list[str]:
    """What in a frame breaks its schema, one line each."""
    names = [column.name for column in schema.columns]
    if list(frame.columns) != names:
        return [f"columns differ: {sorted(set(frame.columns) ^ set(names)) or 'order'}"]
    return [
        f"{column.name} is empty in {int(frame[column.name].isna().sum())} rows"
        for column in schema.columns
        if column.required and frame[column.name].isna().any()
    ]
