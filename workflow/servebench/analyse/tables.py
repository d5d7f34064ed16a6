"""Writing the tidy tables from the raw trials, and reading them."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from servebench.analyse.cells import cells_table
from servebench.analyse.contrasts import contrasts_table
from servebench.analyse.criteria import Criteria
from servebench.analyse.raw import read_trials
from servebench.analyse.resolutions import Resolutions
from servebench.analyse.scalability import scalability_table
from servebench.analyse.schema import load_schema
from servebench.analyse.trials import trials_table
from servebench.errors import ServebenchError
from servebench.files import write_text
from servebench.hashes import forget_hashes, refuse_changed, write_hashes
from servebench.spreadsheet import csv_text

TABLES = ("trials", "cells", "contrasts", "scalability")


def write_tables(
    results: Sequence[Path], folder: Path, criteria: Criteria | None = None, resolutions: Resolutions | None = None
) -> None:
    """Read the raw trials and write trials, cells, contrasts and scalability, each as .csv and .parquet.

    `criteria` are those of the config, `resolutions` those of the calibrations. Raises ServebenchError where a raw file
    cannot be read.
    """
    raw = read_trials(results)
    trials = trials_table(raw)
    criteria = criteria or Criteria()
    cells = cells_table(trials, raw, criteria.confidence)
    tables = {
        "trials": trials,
        "cells": cells,
        "contrasts": contrasts_table(trials, cells, criteria, resolutions),
        "scalability": scalability_table(trials, cells),
    }
    forget_hashes(folder)
    for name, frame in tables.items():
        write_text(folder / f"{name}.csv", csv_text(frame))
        frame.to_parquet(folder / f"{name}.parquet", index=False)
    write_hashes(folder, [f"{name}.{extension}" for name in tables for extension in ("csv", "parquet")])


def read_table(folder: Path, name: str) -> pd.DataFrame:
    """Read a table with its schema's columns and types; columns that it was made without are empty.

    Raises ServebenchError where there is none, where it was edited, or where it has columns that no schema names.
    """
    path = folder / f"{name}.parquet"
    remedy = f"`make report STUDY={folder.parent.name}` makes the tables again"
    refuse_changed(folder, remedy, {path.name, f"{name}.csv"})
    try:
        frame = pd.read_parquet(path)
    except (OSError, ValueError):
        raise ServebenchError(f"{path} is missing or cut: {remedy}") from None
    schema = load_schema(name)
    unknown = sorted(set(frame.columns) - set(schema.names))
    if unknown:
        raise ServebenchError(f"{path} has columns of another version ({', '.join(unknown)}): {remedy}")
    read = frame.reindex(columns=schema.names).astype(schema.dtypes)
    # Tables of before name no node, and a block needs one.
    return read.assign(node=read["node"].fillna("")) if "node" in schema.names else read
