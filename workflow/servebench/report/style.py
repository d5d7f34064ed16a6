"""How plots look: colours and shapes, one of each for each system, and text that is read on a phone too."""

import textwrap
import zlib
from typing import Any

# Okabe and Ito's palette (2008) without its yellow and black, then as many again that differ from these in lightness
# too, also for readers without one of the three cones.
COLOURS = (
    *("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00"),
    *("#9832FE", "#763210", "#543254", "#DCBA76", "#103298", "#9876FE"),
)
# Those that Vega has no name for are paths in a square from -1 to 1.
_STAR = "M0,-1L0.24,-0.31L0.95,-0.31L0.38,0.12L0.59,0.81L0,0.38L-0.59,0.81L-0.38,0.12L-0.95,-0.31L-0.24,-0.31Z"
_HEXAGON = "M-0.5,-0.87L0.5,-0.87L1,0L0.5,0.87L-0.5,0.87L-1,0Z"
_HOURGLASS = "M-0.9,-0.9L0.9,-0.9L-0.9,0.9L0.9,0.9Z"
_SALTIRE = "M-1,-0.6L-0.6,-1L0,-0.4L0.6,-1L1,-0.6L0.4,0L1,0.6L0.6,1L0,0.4L-0.6,1L-1,0.6L-0.4,0Z"
SHAPES = (
    *("circle", "square", "triangle-up", "diamond", "cross", "triangle-down"),
    *("triangle-right", "triangle-left", _STAR, _HEXAGON, _HOURGLASS, _SALTIRE),
)

# A picture is no wider than this, so that its text, scaled to a phone's 360 px, is still 8 px high.
FULL_WIDTH = 570
FONT, TITLE_FONT = 14, 16
# Of a plot alone between its axis and the edge, and its height.
WIDTH, HEIGHT = 480, 260
# About how wide a character of FONT is, for what must be known before anything is drawn.
CHARACTER_WIDTH = 7.3
TITLE_CHARACTERS, CAPTION_CHARACTERS = 64, 68
# The page draws a sentence in FONT also on a phone, where its lines do not scale.
SENTENCE_CHARACTERS = 38
# Around a picture: a browser without the font that it was laid out with has a wider one.
PADDING = {"left": 20, "top": 5, "right": 32, "bottom": 5}
CAPTION = "#595959"
NAME_LIMIT = 170
# Lines behind the marks, and those of them that are meant to be read off.
GRID, STRONG_GRID = "#e6e6e6", "#a8a8a8"


def configure(chart: Any) -> Any:
    """Sizes of text and lines, the same in every plot."""
    return (
        chart.configure(padding=PADDING)
        .configure_axis(labelFontSize=FONT, titleFontSize=FONT, gridColor=GRID, labelLimit=NAME_LIMIT)
        .configure_legend(
            labelFontSize=FONT, titleFontSize=FONT, symbolSize=90, orient="bottom", columns=2, labelLimit=220
        )
        .configure_header(labelFontSize=FONT, titleFontSize=FONT, labelAnchor="start")
        .configure_title(
            fontSize=TITLE_FONT,
            subtitleFontSize=FONT,
            subtitleColor=CAPTION,
            subtitlePadding=6,
            subtitleLineHeight=FONT + 4,
            anchor="start",
            offset=14,
        )
        .configure_text(fontSize=FONT)
        .configure_view(stroke="#cccccc")
    )


def title_lines(title: str) -> list[str]:
    """A title in as few lines as are not wider than the plot, all about as long."""
    kept = title.replace(" %", "\N{NO-BREAK SPACE}%")
    lines = len(textwrap.wrap(kept, TITLE_CHARACTERS))
    widths = range(len(kept) // max(lines, 1), TITLE_CHARACTERS + 1)
    return next(found for width in widths if len(found := textwrap.wrap(kept, width)) == lines)


def caption_lines(caption: str) -> list[str]:
    """A caption in lines that are not wider than the plot."""
    return textwrap.wrap(caption, CAPTION_CHARACTERS)


def sentence_lines(sentence: str) -> list[str]:
    """A sentence in lines that a phone has room for."""
    return textwrap.wrap(sentence, SENTENCE_CHARACTERS)


def text_width(texts: list[str]) -> float:
    """About how wide the longest of some texts is."""
    return CHARACTER_WIDTH * max((len(text) for text in texts), default=0)


def colour_of(systems: list[str], every: list[str]) -> dict[str, list[str]]:
    """Domain and range of the colour scale; `every` are the systems of the study."""
    places = _places(every)
    return {"domain": systems, "range": [COLOURS[places[name] % len(COLOURS)] for name in systems]}


def shape_of(systems: list[str], every: list[str]) -> dict[str, list[str]]:
    """Domain and range of the shape scale, likewise; systems of one colour have different shapes."""
    places = [_places(every)[name] for name in systems]
    return {"domain": systems, "range": [SHAPES[(place + place // len(SHAPES)) % len(SHAPES)] for place in places]}


def _places(every: list[str]) -> dict[str, int]:
    """A place among the colours for each system of a study: by its name, else the next that is free.

    The name alone decides, so that a system looks the same in every study that has no other of its colour before it,
    and no folder of servers changes the report of a study that is there.
    """
    free = list(range(max(len(COLOURS), len(every))))
    places: dict[str, int] = {}
    for name in every:
        own = zlib.crc32(name.encode()) % len(COLOURS)
        places[name] = next((place for place in free if place >= own), free[0])
        free.remove(places[name])
    return places
