import re
from itertools import combinations

import pytest
from servebench.report.style import COLOURS, SHAPES, caption_lines, colour_of, shape_of, title_lines

# Machado, Oliveira, Fernandes (2009): what is left of linear RGB without red, green or blue cones.
SIGHTS = {
    "all cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}
# Of CIE 1976; a glance tells apart what is further than about ten
LEAST_DISTANCE = 15


def linear(colour):
    shares = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    return [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]


def lab(red, green, blue):
    white = (0.95047, 1.0, 1.08883)
    rows = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    x, y, z = (max(0.0, a * red + b * green + c * blue) / limit for (a, b, c), limit in zip(rows, white, strict=True))
    x, y, z = (value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116 for value in (x, y, z))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def seen(colour, matrix):
    parts = linear(colour)
    return lab(*(min(1.0, max(0.0, sum(a * b for a, b in zip(row, parts, strict=True)))) for row in matrix))


@pytest.mark.parametrize("sight", SIGHTS)
def test_twelve_colours_are_told_apart_by_every_sight(sight):
    assert len(set(COLOURS)) == 12
    colours = {colour: seen(colour, SIGHTS[sight]) for colour in COLOURS}
    near = {
        (a, b): sum((x - y) ** 2 for x, y in zip(colours[a], colours[b], strict=True)) ** 0.5
        for a, b in combinations(COLOURS, 2)
    }
    assert not {pair: round(distance, 1) for pair, distance in near.items() if distance < LEAST_DISTANCE}


def test_every_shape_is_another_and_is_one_that_vega_draws():
    assert len(set(SHAPES)) == 12
    named = {"circle", "square", "cross", "diamond", "triangle-up", "triangle-down", "triangle-right", "triangle-left"}
    assert all(shape in named or re.fullmatch(r"M[-\d.,L]+Z", shape) for shape in SHAPES)


def test_systems_that_share_a_colour_have_different_shapes():
    every = [f"system-{number}" for number in range(40)]
    looks = list(zip(colour_of(every, every)["range"], shape_of(every, every)["range"], strict=True))
    assert len(set(looks)) == 40
    # A study with fewer measured ones draws each as before.
    assert colour_of(every[6:7], every)["range"] == colour_of(every, every)["range"][6:7]


def test_a_system_has_one_colour_in_every_study():
    reference = colour_of(["crow", "beast"], ["fastapi", "fastapi-compiled", "crow", "beast"])["range"]
    for every in (["beast", "crow"], ["mine", "beast", "crow"], ["crow", "flask", "beast", "go-net"]):
        assert colour_of(["crow", "beast"], every)["range"] == reference


def test_no_two_of_twelve_systems_share_a_colour_whatever_their_names():
    # Some of these names ask for one colour.
    every = [f"system-{number}" for number in range(12)]
    assert set(colour_of(every, every)["range"]) == set(COLOURS)


def test_a_long_title_is_in_lines_of_one_length_and_no_figure_is_parted():
    lines = title_lines("What a server holds: memory at rest, before the window and after it, 95 % interval")
    assert [len(line) for line in lines] == [43, 38]
    assert lines[1].endswith("95\N{NO-BREAK SPACE}% interval")


def test_a_caption_is_in_lines_and_loses_no_word():
    caption = "Further right is more, on a logarithmic axis. " * 4
    lines = caption_lines(caption)
    assert len(lines) > 1
    assert " ".join(lines) == caption.strip()
