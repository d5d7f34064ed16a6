import html
import json
import re
import shutil
from dataclasses import dataclass, field
from html.parser import HTMLParser
from xml.etree import ElementTree

import pandas as pd
import pytest
from servebench.analyse.metrics import TAILS
from servebench.paths import StudyPaths
from servebench.report.answer.closed_tails import UNSERVED
from servebench.report.answer.cost import MILLION
from servebench.report.data import load_study
from servebench.report.intervals import BOUNDS
from servebench.report.page import write_page
from servebench.report.page.datasets import MOST_ROWS, packed
from servebench.report.page.pictures import MOST_BYTES, pictures_of
from servebench.report.page.script import script_json
from servebench.report.page.sections import MOST_TABLE_ROWS, html_of, page_sections
from servebench.report.page.systems import systems_table
from servebench.report.page.write import number_and_rest
from servebench.report.plots import absent_plots, plots_of
from servebench.report.sections.throughput import throughput
from servebench.words import Bound, VerdictWord
from support.pages import HOSTILE, drawn_study, enlarged_page

MOST_PAGE_BYTES = 5_000_000


@dataclass
class Seen(HTMLParser):
    """What a browser would make of a page, as far as tests ask."""

    ids: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)

    def __post_init__(self):
        super().__init__()

    def handle_starttag(self, tag, attrs):
        known = dict(attrs)
        self.tags.append(tag)
        self.ids += [known["id"]] if "id" in known else []
        self.addresses += [known[name] for name in ("src", "href") if name in known]


def seen(page):
    found = Seen()
    found.feed(page)
    return found


def page_data(page):
    return json.loads(re.search(r'id="page-data">(.*?)</script>', page, re.DOTALL).group(1))


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    return drawn_study(tmp_path_factory.mktemp("page") / "study")


@pytest.fixture(scope="module")
def page(paths):
    write_page(paths)
    return paths.report.read_text(encoding="utf-8")


def test_the_answer_stands_first_and_every_part_can_be_reached(page):
    found = seen(page)
    parts = ["answer", "not-measured", "first-charts", "systems", "charts"]
    assert [name for name in found.ids if name in parts] == parts
    links = [address.removeprefix("#") for address in found.addresses if address.startswith("#")]
    assert set(parts) < set(links) <= set(found.ids)
    assert len(found.ids) == len(set(found.ids))


def test_each_tile_says_beside_its_title_at_which_load_it_was_measured(page):
    heads = re.findall(r'<dt>([^<]+) <span class="load">([^<]+)</span></dt>', page)
    loads = {title: {load for head, load in heads if head == title} for title, _ in heads}
    assert loads == {
        "capacity": {"64 users, locust"},
        "p95": {"300 requests/s, locust"},
        "CPU for 1,000,000 predictions": {"64 users, locust"},
    }


def test_the_page_asks_for_nothing(page):
    outside = [address for address in seen(page).addresses if not address.startswith(("#", "data:"))]
    assert outside == []
    assert "@import" not in page


def test_every_plot_stands_there_as_picture_and_as_chart_on_data_that_stand_there_once(page, paths):
    data, found = load_study(paths), page_data(page)
    shown = [plot.name for plot in plots_of(data.config) if len(pd.read_csv(paths.plots / f"{plot.name}.csv"))]
    assert list(found["charts"]) == shown
    assert seen(page).tags.count("img") == len(shown)
    used = [name for chart in found["charts"].values() for name in chart["datasets"]]
    assert set(used) == set(found["datasets"])
    assert found["datasets"][found["charts"]["order"]["datasets"][0]]["rows"] == len(data.measured_trials)
    assert page.count("This study measured nothing for this chart: ") == len(plots_of(data.config)) - len(shown)


def test_a_chart_that_the_config_does_not_give_is_told_with_the_key_that_would(page, paths):
    (told,) = re.findall(r'<div class="prose absent">(.*?)</div>', page, re.DOTALL)
    lines = re.findall(r"<li>(.*?)</li>", told)
    config = load_study(paths).config
    assert len(lines) == len(absent_plots(config))
    assert (
        f"What {MILLION:,} predictions cost in CPU that is used: it needs a price (<code>price_per_cpu_hour</code> in"
        in told
    )
    assert "(<code>rows</code> in the config)" in told
    assert "interval" not in told


def test_a_hostile_name_is_text_wherever_it_stands(page):
    assert HOSTILE not in page
    assert html.escape(HOSTILE) in page
    # As it is, and not as Markdown would write it.
    headings = [
        " ".join(text.split())
        for text in re.findall(r'<article class="card system">\s*<h3>(.*?)</h3>', page, re.DOTALL)
    ]
    assert [text for text in headings if text.endswith(html.escape(HOSTILE))]
    assert HOSTILE in page_data(page)["choices"]["system"]
    # The one that says that there are scripts, the data, Vega, and the page's own.
    assert seen(page).tags.count("script") == 4


def test_pictures_and_single_plots_hold_a_hostile_name_as_text(paths):
    for path in paths.plots.glob("*.svg"):
        # Only text is allowed in it: what is no XML is no picture either.
        elements = {element.tag.rpartition("}")[2] for element in ElementTree.parse(path).iter()}
        assert not elements & {"script", "foreignObject", "image"}
    for path in paths.plots.glob("*.html"):
        assert HOSTILE not in path.read_text(encoding="utf-8")


def test_the_page_may_fetch_nothing(page):
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert "http" not in policy


def test_markdown_makes_no_element_of_what_a_name_holds():
    text = html_of(f"- {HOSTILE}\n\n| system |\n| --- |\n| {HOSTILE} |")
    assert "<script" not in text
    assert text.count(html.escape(HOSTILE)) == 2


@pytest.mark.parametrize("text", [HOSTILE, "<!-- <script>", "]]>", "\u2028"])
def test_json_cannot_end_its_element(text):
    assert "<" not in script_json({text: [text]})
    assert json.loads(script_json({text: [text]})) == {text: [text]}


def unpacked(dataset):
    """What the page's script makes of a packed dataset."""

    def values(column):
        if isinstance(column, list):
            return column
        return [column["words"][code] for code in column.get("codes", [0] * dataset["rows"])]

    columns = {name: values(column) for name, column in dataset["columns"].items()}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def test_a_packed_dataset_is_the_same_rows():
    rows = [
        {"system": "a", "load": "x", "value": 1.0, "low": None, "is_bound": True},
        {"system": "b", "load": "x", "value": 123.456789012, "low": 0.5, "is_bound": False},
    ]
    assert unpacked(packed(rows)) == [rows[0], {**rows[1], "value": 123.4568}]


def test_of_a_row_a_trial_the_page_keeps_some_thousands_evenly():
    found = packed([{"system": f"system-{n % 7}", "order": float(n), "value": n / 7} for n in range(10_000)])
    assert found["rows"] <= MOST_ROWS
    assert found["columns"]["order"][:3] == [0, 4, 8]
    assert len(script_json(found)) < 60_000


def test_a_page_of_ten_thousand_trials_is_small_and_says_what_it_leaves_out(paths, tmp_path):
    copy = StudyPaths(shutil.copytree(paths.root, tmp_path / "study"))
    page = enlarged_page(copy, trials=10_000, cells=2_000, points=3_000)
    assert len(page.encode()) < MOST_PAGE_BYTES
    assert "Drawn here from one in 4 of its 10,000 rows; all of them stand in plots/order.csv." in page
    assert "rows more stand in tables/cells.csv" in page


def test_pictures_are_svg_then_png_then_left_out(tmp_path):
    for name, svg, png in (("a", 1_000, 10), ("b", 1_000_000, 1_000), ("c", 1_000_000, 1_000_000)):
        (tmp_path / f"{name}.svg").write_bytes(b'<svg role="x">'.ljust(svg))
        (tmp_path / f"{name}.png").write_bytes(bytes(png))
    found = pictures_of(tmp_path, "abc")
    assert {name: uri.partition(";")[0] for name, uri in found.items()} == {
        "a": "data:image/svg+xml",
        "b": "data:image/png",
    }


def test_pictures_have_a_limit_together(tmp_path):
    names = [f"plot-{n}" for n in range(20)]
    for name in names:
        (tmp_path / f"{name}.svg").write_bytes(b"<svg>".ljust(150_000))
        (tmp_path / f"{name}.png").write_bytes(b"")
    found = pictures_of(tmp_path, names)
    assert list(found) == names[: len(found)]
    assert 0 < sum(map(len, found.values())) <= MOST_BYTES


def test_a_long_table_of_a_section_is_cut_and_says_so():
    rows = "\n".join(f"| {n} |" for n in range(MOST_TABLE_ROWS + 5))
    text = html_of(f"before\n\n| n |\n| --- |\n{rows}\n\nafter")
    assert text.count("<tr>") == MOST_TABLE_ROWS + 1
    assert "And 5 rows more" in text
    assert "<p>after</p>" in text


def test_contrasts_are_folded_but_for_surprises_and_what_stands_above_is_not_repeated(paths):
    found = {section.title: section for section in page_sections(load_study(paths))}
    contrasts = found["Contrasts within blocks"]
    assert contrasts.hint.endswith("rows")
    assert "is surprising where it disagrees" in contrasts.html
    assert "<strong>different</strong>" in contrasts.folded
    assert "<strong>different</strong>" not in contrasts.html
    assert found["Setting"].hint == ""
    assert not {"In short", "Plots", "Throughput and its verdict"} & set(found)


def test_the_table_of_systems_has_a_row_a_cell_with_bare_numbers_beside_the_texts(paths):
    data = load_study(paths)
    table = systems_table(data)
    keys = [column.key for column in table.columns]
    assert len(table.rows) == len(data.measured_cells)
    assert not {column.key for column in table.columns if column.is_shown} & {"model", "generator", "verdict_reason"}
    row = next(row for row in table.rows if row.cells[1].text == "beast" and row.load_point == "users-64")
    cells = dict(zip(keys, row.cells, strict=True))
    assert cells["load"].text == "64 users"
    assert cells["verdict"].text in set(VerdictWord)
    throughput = cells["throughput_rps"]
    assert throughput.text == "15,000"
    assert float(throughput.low) < float(throughput.value) < float(throughput.high)


def test_above_the_table_it_is_said_how_a_bound_with_an_interval_is_read(page):
    assert page.count(BOUNDS) == 1


def test_a_bound_is_shown_as_one(paths):
    data = load_study(paths)
    data.cells["throughput_is_lower_bound"] = True
    table = systems_table(data)
    place = [column.key for column in table.columns].index("throughput_rps")
    cells = [row.cells[place] for row in table.rows]
    assert all(cell.text.startswith("≥ ") and cell.bound is Bound.AT_LEAST for cell in cells)


def test_where_not_all_users_were_served_the_table_says_so_in_place_of_each_percentile(paths):
    data = load_study(paths)
    data.cells[list(TAILS)] = float("nan")
    table = systems_table(data)
    keys = [column.key for column in table.columns]
    closed = [row for row in table.rows if row.load_point.startswith("users")]
    assert closed
    for row in closed:
        cells = dict(zip(keys, row.cells, strict=True))
        # p99 takes longer windows first.
        assert [cells[name].note for name in TAILS[1:]] == [UNSERVED] * 2
        assert cells["throughput_rps"].note == ""


@pytest.mark.parametrize("word", [VerdictWord.GENERATOR_LATE, VerdictWord.GENERATOR_BOUND, VerdictWord.DISTURBED])
def test_a_latency_that_holds_a_wait_of_others_is_shown_as_an_upper_bound(paths, word):
    data = load_study(paths)
    data.cells["verdict"] = word
    table = systems_table(data)
    place = [column.key for column in table.columns].index("latency_p99_ms")
    assert {row.cells[place].bound for row in table.rows if row.cells[place].value} == {Bound.AT_MOST}
    assert " | ≤ " in throughput(data)


@pytest.mark.parametrize(
    ("figure", "parts"),
    [
        ("8,410 requests/s [8,300, 8,520]", ("8,410", " requests/s [8,300, 8,520]")),
        ("≥ 9,300 requests/s", ("≥ 9,300", " requests/s")),
        ("0.5 %", ("0.5 %", "")),
        ("not measured", ("not measured", "")),
    ],
)
def test_of_a_tile_the_number_is_set_large(figure, parts):
    assert number_and_rest(figure) == parts
