"""flame.svg: a profile's stacks as a flame graph, each function as wide as its share of the samples.

The page needs no script and no other file: what is too narrow for its name tells it under the pointer.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree as Xml

from servebench.profile.stacks import Frame, Stacks, shortened

WIDTH_PX, ROW_PX, TOP_PX, MARGIN_PX = 1200.0, 17.0, 44.0, 10.0
LETTER_PX = 6.2
LEAST_WIDTH_PX = 0.5
# Warm colours for the program, cold ones for the kernel's work.
PROGRAM_HUES, KERNEL_HUES = (10, 50), (190, 230)


@dataclass
class _Node:
    """A function below one way of calls; `samples` are its own and those of all that it called."""

    frame: Frame | None
    samples: int = 0
    children: dict[Frame, "_Node"] = field(default_factory=dict)


@dataclass(frozen=True)
class Box:
    """One rectangle: a function, how deep it was called, where it begins and ends, in samples."""

    frame: Frame
    depth: int
    begin: int
    end: int


def flame_svg(stacks: Stacks, title: str) -> str:
    """The graph; what would be narrower than half a pixel is left out."""
    samples = stacks.total()
    scale = (WIDTH_PX - 2 * MARGIN_PX) / samples
    boxes = [box for box in boxes_of(stacks) if (box.end - box.begin) * scale >= LEAST_WIDTH_PX]
    height = TOP_PX + ROW_PX * (1 + max((box.depth for box in boxes), default=0)) + MARGIN_PX
    size = {"width": f"{WIDTH_PX:g}", "height": f"{height:g}", "viewBox": f"0 0 {WIDTH_PX:g} {height:g}"}
    font = {"font-family": "sans-serif", "font-size": "11"}
    root = Xml.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", **size, **font})
    Xml.SubElement(root, "rect", {"width": "100%", "height": "100%", "fill": "#fffdf7"})
    head = Xml.SubElement(root, "text", {"x": f"{MARGIN_PX:g}", "y": "26", "font-size": "15"})
    head.text = title
    for box in boxes:
        _draw(root, box, samples, scale, height - MARGIN_PX - ROW_PX * (box.depth + 1))
    return Xml.tostring(root, encoding="unicode") + "\n"


def boxes_of(stacks: Stacks) -> Iterator[Box]:
    """The rectangles: calls from the same place are one, those of a function stand side by side by their names."""
    tree = _Node(None)
    for stack, count in stacks.items():
        node = tree
        for frame in stack:
            node = node.children.setdefault(frame, _Node(frame))
            node.samples += count
    yield from _boxes_below(tree, 0, 0)


def _boxes_below(node: _Node, depth: int, begin: int) -> Iterator[Box]:
    for frame, child in sorted(node.children.items()):
        yield Box(frame, depth, begin, begin + child.samples)
        yield from _boxes_below(child, depth + 1, begin)
        begin += child.samples


def _draw(root: Xml.Element, box: Box, samples: int, scale: float, top_px: float) -> None:
    count = box.end - box.begin
    left_px, width_px = MARGIN_PX + box.begin * scale, count * scale
    group = Xml.SubElement(root, "g")
    title = Xml.SubElement(group, "title")
    title.text = f"{box.frame.function} ({box.frame.place}): {count / samples:.1%}, {count:,} samples"
    place = {"x": f"{left_px:.2f}", "y": f"{top_px:.2f}", "width": f"{width_px:.2f}", "height": f"{ROW_PX - 1:g}"}
    Xml.SubElement(group, "rect", {**place, "fill": _colour(box.frame), "rx": "2"})
    letters = int((width_px - 6) / LETTER_PX)
    if letters >= 3:
        text = Xml.SubElement(group, "text", {"x": f"{left_px + 3:.2f}", "y": f"{top_px + ROW_PX - 5:.2f}"})
        text.text = shortened(box.frame.short_name, letters)


def _colour(frame: Frame) -> str:
    """The same function has the same colour everywhere."""
    first, last = KERNEL_HUES if frame.is_in_kernel else PROGRAM_HUES
    number = zlib.crc32(frame.function.encode())
    return f"hsl({first + number % (last - first)}, 75%, {62 + (number >> 8) % 14}%)"
