from collections import Counter
from xml.etree import ElementTree as Xml

from servebench.profile.flame import LEAST_WIDTH_PX, MARGIN_PX, WIDTH_PX, Box, boxes_of, flame_svg
from servebench.profile.stacks import Frame

MAIN, WORK, STEP = Frame("main", "m.py:1"), Frame("work", "m.py:9"), Frame("step", "s.py:3")
SVG = "{http://www.w3.org/2000/svg}"


def test_calls_from_the_same_place_are_one_box_above_their_caller():
    stacks = Counter({(MAIN,): 1, (MAIN, WORK): 2, (MAIN, WORK, STEP): 4, (MAIN, STEP): 3})
    assert list(boxes_of(stacks)) == [
        Box(MAIN, 0, 0, 10),
        Box(STEP, 1, 0, 3),
        Box(WORK, 1, 3, 9),
        Box(STEP, 2, 3, 7),
    ]


def drawn(stacks):
    """The drawn functions by their titles: x, y, width."""
    root = Xml.fromstring(flame_svg(stacks, "a title"))
    assert root.find(f"{SVG}text").text == "a title"
    boxes = {}
    for group in root.iter(f"{SVG}g"):
        box = group.find(f"{SVG}rect")
        boxes[group.find(f"{SVG}title").text] = tuple(float(box.get(name)) for name in ("x", "y", "width"))
    return boxes


def test_a_box_is_as_wide_as_its_share_and_stands_on_its_caller():
    boxes = drawn(Counter({(MAIN, WORK): 1, (MAIN, STEP): 3}))
    whole = WIDTH_PX - 2 * MARGIN_PX
    main, step = boxes["main (m.py:1): 100.0%, 4 samples"], boxes["step (s.py:3): 75.0%, 3 samples"]
    work = boxes["work (m.py:9): 25.0%, 1 samples"]
    assert (main[2], step[2], work[2]) == (whole, 0.75 * whole, 0.25 * whole)
    assert step[1] == work[1] < main[1]
    assert work[0] == step[0] + step[2]


def test_names_of_templates_do_not_break_the_page():
    frame = Frame('operator<<a&b, "c">', "server")
    assert list(drawn(Counter({(frame,): 2}))) == ['operator<<a&b, "c"> (server): 100.0%, 2 samples']


def test_what_nobody_could_see_is_left_out():
    many = round((WIDTH_PX - 2 * MARGIN_PX) / LEAST_WIDTH_PX * 2)
    assert len(drawn(Counter({(MAIN, WORK): many, (MAIN, STEP): 1}))) == 2
