"""How plots look: colours that colour-blind readers tell apart, one for each system, and one shape besides."""

from typing import Any

# Okabe and Ito's palette (2008), without its yellow and black.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
WIDTH, HEIGHT = 420, 260


def configure(chart: Any) -> Any:
    """Sizes of text and lines, the same in every plot."""
    return (
        chart.configure_axis(labelFontSize=12, titleFontSize=13, gridColor="#e6e6e6")
        .configure_legend(labelFontSize=12, titleFontSize=13, symbolSize=90)
        .configure_title(fontSize=14, anchor="start")
        .configure_view(stroke="#cccccc")
    )


def colour_of(systems: list[str], every: list[str]) -> dict[str, list[str]]:
    """Domain and range of the colour scale; a system's colour is its place among `every` system of the study."""
    return {"domain": systems, "range": [COLOURS[every.index(name) % len(COLOURS)] for name in systems]}


def shape_of(systems: list[str], every: list[str]) -> dict[str, list[str]]:
    """Domain and range of the shape scale, likewise."""
    return {"domain": systems, "range": [SHAPES[every.index(name) % len(SHAPES)] for name in systems]}
