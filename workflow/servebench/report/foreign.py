"""Texts that somebody else wrote, as the report shows them: text, whatever a reader's Markdown would make of it.

A title, a reason or a name may come from a server's folder or an archive of anybody's. Code in backticks is kept:
authors of servers write it.
"""

import re
from typing import Annotated

import pandas as pd
from pydantic import AfterValidator

from servebench.texts import visible

_CODE = re.compile(r"(`[^`]+`)")
_MARKS = re.compile(r"[\\\[\]<>*`]")
LONGEST = 2_000


def told(text: str) -> str:
    """One line that is only text in Markdown: no element, link, picture, heading or row of a table."""
    # Every second part is code.
    parts = _CODE.split(visible(text, LONGEST))
    return "".join(part if index % 2 else _MARKS.sub(r"\\\g<0>", part) for index, part in enumerate(parts))


def code(text: str) -> str:
    """A name set as code, which it cannot leave."""
    return f"`{visible(text, LONGEST).replace('`', chr(39))}`"


Told = Annotated[str, AfterValidator(told)]


def told_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """A table whose texts are told; what every study of ours holds stays as it is."""
    changed = {}
    for name in frame.select_dtypes(["object", "string"]).columns:
        texts = {text: told(text) for text in frame[name].dropna().unique() if isinstance(text, str)}
        if any(text != shown for text, shown in texts.items()):
            changed[name] = frame[name].map(texts, na_action="ignore")
    return frame.assign(**changed) if changed else frame
