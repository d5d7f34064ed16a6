"""Tables as CSV that a spreadsheet opens as what they are.

A cell that begins with =, +, - or @ is a formula there, which may fetch or send; and a reason in a table may be the
words of anybody's server. Such a text gets an apostrophe in front, as spreadsheets mark texts themselves, and controls,
which may begin a row, are escaped. Numbers stay numbers, and the Parquet of the same table has every text as it is.
"""

import math
from typing import Any

import pandas as pd

from servebench.texts import visible

BEGINNINGS = ("=", "+", "-", "@")


def csv_text(frame: pd.DataFrame) -> str:
    """The frame as the text of a CSV file."""
    changed = {}
    for name in frame.select_dtypes(["object", "string"]).columns:
        texts = [text for text in frame[name].dropna().unique() if harmless(text) != text]
        if texts:
            changed[name] = frame[name].map(harmless, na_action="ignore")
    return frame.assign(**changed).to_csv(index=False, lineterminator="\n")


def harmless(value: Any) -> Any:
    """A value whose text no spreadsheet computes; all but such texts are as they were."""
    if not isinstance(value, str):
        return value
    text = visible(value)
    return f"'{text}" if text.startswith(BEGINNINGS) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
