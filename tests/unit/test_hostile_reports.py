"""A report shows what others wrote as text, in every form: Markdown, HTML, JSON, CSV, terminal."""

import csv
import io
import json
from html.parser import HTMLParser

import mistune
import pandas as pd
import pytest
from servebench.files import write_json
from servebench.paths import MANIFEST
from servebench.release import COMMIT, SERVEBENCH
from servebench.report.conclusions import write_conclusions
from servebench.report.data import load_study
from servebench.report.foreign import code, told, told_frame
from servebench.report.page.sections import html_of, page_sections
from servebench.report.sections.not_measured import not_measured
from servebench.report.summary import write_summary
from servebench.report.terminal import result_text
from servebench.spreadsheet import csv_text, harmless
from support.trials import MACHINE, make_study, make_trial

EVIL = (
    "=cmd|'/c calc'!A1 <script>alert(1)</script><img src=x onerror=alert(1)>[a](javascript:alert(1))"
    "![b](https://evil.example/x.png)<https://evil.example>\n\n# Forged\n\n| a | b |\n|---|---|\n\x1b[2J\u202e` end"
)
MODEL = "digits-boosting"


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    """A study in which every text that others may write is hostile."""
    folder = tmp_path_factory.mktemp("hostile") / "study"
    machine = {**MACHINE, "cpu_model": EVIL, "kernel": EVIL, "system": EVIL}
    versions = {SERVEBENCH: EVIL, COMMIT: "abcdef0; rm -rf ~"}
    told_of_all = {"model": MODEL, "machine": machine, "versions": versions}
    results = [
        make_trial(folder / "trials", system, repeat, throughput, **told_of_all)
        for system, throughput in (("fastapi", 1000.0), ("beast", 9000.0))
        for repeat in (1, 2, 3)
    ]
    results += [make_trial(folder / "trials", "crow", 1, reason=EVIL, remedy=EVIL, **told_of_all)]
    results += [make_trial(folder / "trials", EVIL.replace("/", ""), 1, 500.0, server="crow", **told_of_all)]
    paths = make_study(folder, results)
    definition = {"estimator": EVIL, "dataset": EVIL}
    held_out = {"metric": EVIL, "value": 0.9}
    write_json(paths.model(MODEL) / MANIFEST, {"definition": definition, "n_features": 4, "held_out": held_out})
    build = {"title": EVIL, "deviations": [EVIL], "versions": {EVIL: EVIL}, "flags": [EVIL], "protocol": EVIL}
    check = {"found_deviations": [{"case": EVIL}], "protocol": EVIL}
    for system in ("fastapi", "beast"):
        write_json(paths.build(MODEL, system) / MANIFEST, build)
        write_json(paths.check(MODEL, system), check)
    write_json(paths.machine_calibration, {"status": "measured", "disturbance": EVIL, "cpus": []})
    for name in ("locust", "native"):
        write_json(paths.calibration(name), {"status": "not measured", "generator": name, "reason": EVIL})
    write_summary(paths)
    write_conclusions(paths)
    return paths


class Elements(HTMLParser):
    """The elements that a reader's program would make, with their attributes."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def assert_harmless(html):
    for tag, attributes in Elements(html).found:
        assert tag not in ("script", "iframe", "object", "embed", "style", "form")
        assert not any(name.startswith("on") for name in attributes)
        for address in (attributes.get("href"), attributes.get("src")):
            assert address is None or address.startswith(("plots/", "#")), address


def trusting(markdown):
    """What a program makes that takes HTML in Markdown for what it is; a bare address, shown as such, may be a link."""
    return str(mistune.create_markdown(escape=False, plugins=["table", "strikethrough"])(markdown))


def test_the_summary_is_only_text_for_a_reader_that_trusts_it(paths):
    text = paths.summary.read_text(encoding="utf-8")
    assert text.count("alert(1)") > 3
    assert_harmless(trusting(text))
    assert not [line for line in text.splitlines() if line.startswith("# Forged")]
    assert all(line.isprintable() for line in text.split("\n"))


def test_no_command_of_the_summary_or_the_page_holds_a_foreign_text(paths):
    data = load_study(paths)
    (section,) = [section for section in page_sections(data.told) if section.title == "Reproduce and cite"]
    assert "rm -rf" not in section.html.partition("</code>")[0]


def test_the_sections_of_the_page_are_only_text(paths):
    data = load_study(paths).told
    sections = page_sections(data)
    assert sum("alert(1)" in section.html for section in sections) > 3
    for section in sections:
        assert_harmless(section.html)
    assert_harmless(html_of(not_measured(data)))
    assert "alert(1)" in html_of(not_measured(data))


def test_the_terminal_gets_no_escapes(paths):
    text = result_text(paths)
    assert "alert(1)" in text
    assert all(line.isprintable() for line in text.split("\n"))


def test_the_conclusions_hold_the_texts_as_they_are_and_no_escapes(paths):
    text = paths.conclusions.read_text(encoding="utf-8")
    assert "\x1b" not in text
    assert EVIL in [entry["reason"] for entry in json.loads(text)["not_measured"]]


def test_no_cell_of_a_table_is_a_formula(paths):
    found = []
    for path in paths.tables.glob("*.csv"):
        with path.open(newline="", encoding="utf-8") as stream:
            found += [cell for row in csv.reader(stream) for cell in row]
    assert [cell for cell in found if cell.startswith("'=cmd")]
    assert not [cell for cell in found if harmless(cell) != cell]
    # The same table for programs has the text itself.
    assert EVIL in set(pd.read_parquet(paths.tables / "trials.parquet")["reason"].dropna())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        *((text, f"'{text}") for text in ("=1+1", "+1+A1", "-1+A1", "@SUM(A1)", "-", "-inf")),
        ("\t=1", r"\t=1"),
        ("a\r=1", r"a\r=1"),
        ("a\n=1", r"a\n=1"),
    ],
)
def test_what_a_spreadsheet_would_compute_is_text(text, shown):
    assert harmless(text) == shown
    frame = pd.DataFrame({"a": [text, "b", None], "n": [-1.5, 2.0, None]})
    first = next(csv.DictReader(io.StringIO(csv_text(frame), newline="")))
    assert (first["a"], first["n"]) == (shown, "-1.5")


@pytest.mark.parametrize("value", ["-1.5", "+3", "a=1", "", "–", "≥ 3", -1.5, None, 3, True])
def test_numbers_and_usual_texts_stay_as_they_are(value):
    assert harmless(value) == value
    frame = pd.DataFrame({"a": [value]})
    assert csv_text(frame) == frame.to_csv(index=False, lineterminator="\n")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, with `code[0] <T>` kept", "plain, with `code[0] <T>` kept"),
        ("a <b> [c](d) *e* \\", r"a \<b\> \[c\](d) \*e\* \\"),
        ("one ` alone", r"one \` alone"),
        ("a\nb", r"a\\nb"),
    ],
)
def test_a_foreign_text_is_text_in_markdown(text, shown):
    assert told(text) == shown
    assert html_of(told("<b>")) == "<p>&lt;b&gt;</p>\n"


def test_a_name_cannot_leave_its_code():
    assert code("a` <script>") == "`a' <script>`"
    assert_harmless(trusting(code("a` <script>")))


def test_a_usual_table_is_the_same_object():
    frame = pd.DataFrame({"system": ["crow", "beast"], "n": [1, 2]})
    assert told_frame(frame) is frame
