"""The plots as pictures inside the page, for who reads it without JavaScript and for print."""

import base64
import re
from collections.abc import Iterable
from pathlib import Path

# What all pictures together may take; a plot of thousands of marks is smaller as a PNG, and one of too many left out.
MOST_BYTES = 1_400_000
MOST_SVG_BYTES = 200_000
MOST_PNG_BYTES = 350_000
# What an image element never tells anybody.
UNTOLD = re.compile(rb' (?:aria-[a-z]+|role|pointer-events)="[^"]*"')


def pictures_of(plots: Path, names: Iterable[str]) -> dict[str, str]:
    """A data URI of each plot, in their order, as long as there is room."""
    found: dict[str, str] = {}
    room = MOST_BYTES
    for name in names:
        uri = _picture(plots / f"{name}.svg", plots / f"{name}.png")
        if uri is not None and len(uri) <= room:
            found[name] = uri
            room -= len(uri)
    return found


def _picture(svg: Path, png: Path) -> str | None:
    drawn = UNTOLD.sub(b"", svg.read_bytes())
    if len(drawn) <= MOST_SVG_BYTES:
        return _uri("image/svg+xml", drawn)
    return _uri("image/png", png.read_bytes()) if png.stat().st_size <= MOST_PNG_BYTES else None


def _uri(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
