"""The tables' schemas: workflow/schemas/<table>.yaml lists each column, or all metrics at once."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from servebench.analyse.metrics import SCHEMAS, Column, catalogue
from servebench.errors import ServebenchError

DTYPES = {"string": "string", "integer": "Int64", "number": "Float64", "boolean": "boolean"}


class _ListedColumn(Column):
    with_interval: bool = False

    @property
    def columns(self) -> list[Column]:
        """Itself, and the ends of its interval."""
        column = Column(name=self.name, type=self.type, required=self.required, meaning=self.meaning)
        return [column, *(column.bounds if self.with_interval else ())]


class _Metrics(BaseModel):
    """All metrics of the catalogue that a table carries."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    metrics: Literal["trial", "cell"]

    @property
    def columns(self) -> list[Column]:
        found = [metric.trial_columns if self.metrics == "trial" else metric.cell_columns for metric in catalogue()]
        return [column for columns in found for column in columns]


class _SchemaFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    columns: list[_Metrics | _ListedColumn]


class TableSchema(BaseModel):
    """A table's columns in their order."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    columns: list[Column]

    @property
    def names(self) -> list[str]:
        """The columns' names."""
        return [column.name for column in self.columns]

    @property
    def dtypes(self) -> dict[str, str]:
        """The columns' types, as pandas calls them."""
        return {column.name: DTYPES[column.type] for column in self.columns}


@cache
def load_schema(table: str, folder: Path = SCHEMAS) -> TableSchema:
    """The schema of trials, cells, contrasts or scalability; raises ServebenchError for a key that it does not know."""
    path = folder / f"{table}.yaml"
    try:
        listed = _SchemaFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))).columns
    except ValidationError as error:
        first = error.errors()[0]
        raise ServebenchError(f"{path}: {'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from None
    return TableSchema(columns=[column for entry in listed for column in entry.columns])


def to_frame(rows: Sequence[Mapping[str, Any]], schema: TableSchema) -> pd.DataFrame:
    """Rows as a frame with the schema's columns and types; ValueError where a row has others, more or fewer."""
    names = set(schema.names)
    for row in rows:
        if row.keys() != names:
            raise ValueError(f"a row does not keep its table's schema: {_key_problems(row, names)}")
    frame = pd.DataFrame({name: [row[name] for row in rows] for name in schema.names}).astype(schema.dtypes)
    problems = violations(frame, schema)
    if problems:
        raise ValueError(f"table does not keep its schema: {'; '.join(problems)}")
    return frame


def _key_problems(row: Mapping[str, Any], names: set[str]) -> str:
    unknown, missing = sorted(row.keys() - names), sorted(names - row.keys())
    problems = [
        *([f"no schema names {', '.join(unknown)}"] if unknown else []),
        *([f"it lacks {', '.join(missing)}"] if missing else []),
    ]
    return "; ".join(problems)


def violations(frame: pd.DataFrame, schema: TableSchema) -> list[str]:
    """What in a frame breaks its schema, one line each."""
    if list(frame.columns) != schema.names:
        return [f"columns differ: {sorted(set(frame.columns) ^ set(schema.names)) or 'order'}"]
    return [
        f"{column.name} is empty in {int(frame[column.name].isna().sum())} rows"
        for column in schema.columns
        if column.required and frame[column.name].isna().any()
    ]
