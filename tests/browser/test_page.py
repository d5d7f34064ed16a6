"""The report in a real browser, without a network."""

import base64
import csv
import io
import json
import shutil
from importlib import resources

import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait
from servebench.archive import unpack_raw
from servebench.config import load_config
from servebench.paths import REPOSITORY, StudyPaths
from servebench.report.page import write_page
from servebench.report.plots import plots_of
from servebench.report.whole import write_report
from servebench.words import VerdictWord
from support.pages import HOSTILE, drawn_study, enlarged_page

CHROMIUM = next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)
DRIVER = shutil.which("chromedriver")

pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="no Chromium with chromedriver on this machine")


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The reference study, drawn from its kept raw files."""
    paths = StudyPaths(tmp_path_factory.mktemp("reference") / "reference")
    unpack_raw(StudyPaths(REPOSITORY / "results" / "reference").archive, paths.root)
    write_report(paths)
    return paths.root


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--no-first-run",
        f"--user-data-dir={tmp_path_factory.mktemp('profile')}",
        "--window-size=1200,900",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


def requested(browser):
    """The addresses that the page asked for."""
    events = (json.loads(entry["message"])["message"] for entry in browser.get_log("performance"))
    urls = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
    return [url for url in urls if not url.startswith(("data:", "blob:", "chrome"))]


def test_the_page_shows_its_tables_and_every_plot_and_asks_for_nothing(browser, study):
    requested(browser)
    browser.get(f"file://{study}/report.html")
    assert "servebench" in browser.title
    assert browser.find_element(By.TAG_NAME, "h1").text == "Study reference"
    assert len(browser.find_elements(By.TAG_NAME, "table")) >= 2
    figures = browser.find_elements(By.TAG_NAME, "figure")
    assert len(figures) == len(plots_of(load_config(study / "config.yaml")))
    assert requested(browser) == [f"file://{study}/report.html"]
    assert not [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]


def test_an_interactive_plot_draws_offline(browser, study):
    requested(browser)
    browser.get(f"file://{study}/plots/overview.html")
    wait(browser, lambda _: browser.find_elements(By.CSS_SELECTOR, "canvas, svg"))
    assert requested(browser) == [f"file://{study}/plots/overview.html"]


@pytest.fixture(scope="module")
def made_up(tmp_path_factory):
    paths = drawn_study(tmp_path_factory.mktemp("made-up") / "study")
    write_page(paths)
    return paths


@pytest.fixture
def page(browser, made_up):
    """The page of the made-up study, fresh, as wide as a desk's window and light."""
    window(browser, 1440)
    scheme(browser, "light")
    browser.get("about:blank")
    requested(browser)
    browser.get_log("browser")
    browser.get(f"file://{made_up.report.resolve()}")
    yield browser
    assert not [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert set(requested(browser)) == {f"file://{made_up.report.resolve()}"}


def window(browser, width):
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def scheme(browser, name):
    features = [{"name": "prefers-color-scheme", "value": name}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def wait(browser, condition, seconds=20):
    return WebDriverWait(browser, seconds, 0.05).until(condition)


def figures(browser):
    return [found for found in browser.find_elements(By.CSS_SELECTOR, "figure.chart") if drawing(found)]


def drawing(figure):
    return figure.find_elements(By.CSS_SELECTOR, ".drawing")


def draw(browser, figure):
    """Scroll to a chart and wait for it; returns the texts in it."""
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", figure)
    wait(browser, lambda _: figure.find_elements(By.CSS_SELECTOR, ".drawing svg, .drawing canvas"))
    return drawing(figure)[0].get_attribute("textContent")


def column(browser, key):
    """The texts of a column of the table of systems, of the rows that are shown."""
    script = """
      const heads = [...document.querySelectorAll("#systems-table th")];
      const place = heads.findIndex((head) => head.dataset.column === arguments[0]);
      const rows = [...document.querySelectorAll("#systems-table tbody tr")].filter((row) => !row.hidden);
      return rows.map((row) => row.cells[place].dataset.v ?? row.cells[place].textContent.trim());
    """
    return browser.execute_script(script, key)


def choose(browser, name, *values):
    choice = browser.find_element(By.CSS_SELECTOR, f"#selection details[data-name={name}]")
    choice.find_element(By.TAG_NAME, "summary").click()
    for box in choice.find_elements(By.CSS_SELECTOR, "input"):
        if box.get_attribute("value") in values:
            box.click()
    choice.find_element(By.TAG_NAME, "summary").click()


def test_every_chart_is_drawn_when_it_is_looked_at(page):
    found = figures(page)
    assert len(found) >= 5
    for figure in found:
        draw(page, figure)
        wait(page, lambda _, figure=figure: not figure.find_element(By.CSS_SELECTOR, ".picture").is_displayed())


def test_without_a_script_its_picture_stands_in_every_place(page, made_up):
    page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        page.get(f"file://{made_up.report.resolve()}")
        pictures = page.find_elements(By.CSS_SELECTOR, "img.picture")
    finally:
        page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    assert len(pictures) == len(figures(page))
    for picture in pictures:
        assert page.execute_script("return arguments[0].complete && arguments[0].naturalWidth > 100", picture)
        assert picture.get_attribute("alt")


def test_one_selection_filters_charts_and_table(page):
    figure = next(found for found in figures(page) if found.get_attribute("data-chart") == "overview")
    # Texts of marks and axes only: a legend goes on to name every system.
    assert "beast" in draw(page, figure)
    choose(page, "system", "fastapi", "fastapi-compiled")
    assert set(column(page, "system")) == {"fastapi", "fastapi-compiled"}
    wait(page, lambda _: "beast" not in drawing(figure)[0].get_attribute("textContent"))
    choose(page, "load_point", "users-64")
    assert set(column(page, "load")) == {"1"}
    page.find_element(By.CSS_SELECTOR, "#selection > button").click()
    assert len(set(column(page, "system"))) == 4
    wait(page, lambda _: "beast" in drawing(figure)[0].get_attribute("textContent"))


def test_a_chart_says_that_nothing_of_the_selection_is_in_it(page):
    figure = next(found for found in figures(page) if found.get_attribute("data-chart") == "overview")
    draw(page, figure)
    choose(page, "load_point", "users-1")
    line = figure.find_element(By.CSS_SELECTOR, ".selected")
    wait(page, lambda _: line.text == "Nothing of the selection is in this chart.")


def test_the_table_is_sorted_filtered_and_its_columns_chosen(page):
    head = page.find_element(By.CSS_SELECTOR, "th[data-column=throughput_rps] button")
    head.click()
    values = [float(value) for value in column(page, "throughput_rps")]
    assert values == sorted(values, reverse=True)
    head.click()
    assert [float(value) for value in column(page, "throughput_rps")] == sorted(values)
    page.find_element(By.ID, "search").send_keys("beast 64")
    assert column(page, "system") == ["beast"]
    assert page.find_element(By.ID, "count").text == "1 of 12 rows"
    why = page.find_element(By.CSS_SELECTOR, "th[data-column=verdict_reason]")
    assert not why.is_displayed()
    page.find_element(By.CSS_SELECTOR, "#columns summary").click()
    page.find_element(By.CSS_SELECTOR, "#columns input[value=verdict_reason]").click()
    assert why.is_displayed()


def explanation(browser):
    return browser.find_element(By.ID, "explanation")


@pytest.mark.parametrize("way", ["hover", "focus", "tap"])
def test_a_verdict_explains_itself(page, way):
    word = page.find_element(By.CSS_SELECTOR, "#systems-table tbody .word")
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", word)
    # A page that scrolls hides what it explains.
    wait(page, lambda _: page.execute_script("return new Promise(done => setTimeout(() => done(true), 200))"))
    if way == "hover":
        ActionChains(page).move_to_element(word).perform()
    elif way == "focus":
        page.execute_script("arguments[0].focus()", word)
    else:
        tap(page, word)
    wait(page, lambda _: explanation(page).is_displayed())
    assert VerdictWord.of(word.text).meaning in explanation(page).text
    ActionChains(page).send_keys(Keys.ESCAPE).perform()
    assert not explanation(page).is_displayed()


def tap(browser, target):
    script = "const r = arguments[0].getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]"
    x, y = browser.execute_script(script, target)
    browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
    browser.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    browser.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})


def test_the_table_is_copied_as_it_is_shown(page):
    page.execute_script("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    page.find_element(By.ID, "search").send_keys("beast 64")
    page.find_element(By.ID, "copy-table").click()
    text = wait(page, lambda _: page.execute_script("return window.copied"))
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["system"] == "beast"
    assert float(row["throughput_rps_low"]) < float(row["throughput_rps"]) < float(row["throughput_rps_high"])


def test_a_chart_gives_its_data_and_its_picture(page, tmp_path):
    page.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    figure = figures(page)[0]
    draw(page, figure)
    name = figure.get_attribute("data-chart")
    for kind in ("csv", "svg"):
        figure.find_element(By.CSS_SELECTOR, f"[data-do={kind}]").click()
    data, picture = (downloaded(page, tmp_path, f"*-{name}.{kind}") for kind in ("csv", "svg"))
    assert "beast" in {row["system"] for row in csv.DictReader(io.StringIO(data.read_text()))}
    assert picture.read_text().startswith("<svg")


def downloaded(browser, folder, pattern):
    return wait(browser, lambda _: [*folder.glob(pattern)])[0]


def colours(browser, figure):
    """The colour of the page's ground, and those of the texts in a chart."""
    script = """
      const texts = [...arguments[0].querySelectorAll(".drawing svg text")];
      return [getComputedStyle(document.body).backgroundColor, texts.map((text) => text.getAttribute("fill"))];
    """
    ground, texts = browser.execute_script(script, figure)
    return ground, set(texts)


def test_page_and_charts_are_light_or_dark_with_the_system(page):
    figure = figures(page)[0]
    draw(page, figure)
    light = colours(page, figure)
    scheme(page, "dark")
    wait(page, lambda _: colours(page, figure)[1].isdisjoint(light[1]) and colours(page, figure)[1])
    assert colours(page, figure)[0] != light[0]


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_the_page_is_never_wider_than_its_window(page, width):
    window(page, width)
    for figure in figures(page):
        draw(page, figure)
    for details in page.find_elements(By.CSS_SELECTOR, "details:not(.choice)"):
        page.execute_script("arguments[0].open = true", details)
    assert page.execute_script("return innerWidth") == width
    assert page.execute_script("return document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("width", "is_told"), [(360, False), (1440, True)])
def test_a_phone_has_its_room_for_the_chart_and_not_for_the_intervals_texts(page, width, is_told):
    window(page, width)
    figure = next(found for found in figures(page) if found.get_attribute("data-chart") == "overview")
    assert ("[" in draw(page, figure)) == is_told


TEXTS_CUT = """return [...arguments[0].querySelectorAll('svg text')].filter(text => {
  const [own, room] = [text.getBoundingClientRect(), arguments[0].getBoundingClientRect()];
  return own.width > 0 && (own.left < room.left - 1 || own.right > room.right + 1);
}).map(text => text.textContent)"""


@pytest.mark.parametrize("name", ["study", "made_up"])
def test_no_text_of_a_chart_is_cut_on_a_phone(browser, name, request):
    found = request.getfixturevalue(name)
    window(browser, 360)
    browser.get(f"file://{(found if name == 'study' else found.root) / 'report.html'}")
    cut = {}
    for figure in figures(browser):
        draw(browser, figure)
        cut[figure.get_attribute("data-chart")] = browser.execute_script(TEXTS_CUT, figure)
    assert {chart: texts for chart, texts in cut.items() if texts} == {}


def test_a_hostile_name_is_shown_as_text(page):
    names = [found.text for found in page.find_elements(By.CSS_SELECTOR, ".system h3")]
    assert HOSTILE in names
    assert HOSTILE in column(page, "system")


def test_everything_is_unfolded_and_no_button_printed(page, made_up):
    printed = page.execute_cdp_cmd("Page.printToPDF", {})["data"]
    assert base64.b64decode(printed).startswith(b"%PDF")
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        page.execute_script("dispatchEvent(new Event('beforeprint'))")
        assert page.find_elements(By.CSS_SELECTOR, "main details:not(.choice):not([open])") == []
        assert not [found for found in page.find_elements(By.TAG_NAME, "button") if is_tool(found)]
        assert all(image.is_displayed() for image in page.find_elements(By.CSS_SELECTOR, "img.picture"))
    finally:
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def is_tool(button):
    """Whether it is seen, and more than a text that explains itself."""
    explains = "word" in button.get_attribute("class") or button.get_attribute("data-explain")
    return button.is_displayed() and not explains


def test_ten_thousand_trials_are_drawn(browser, tmp_path):
    window(browser, 1440)
    scheme(browser, "light")
    report = tmp_path / "report.html"
    text = enlarged_page(drawn_study(tmp_path / "study"), trials=10_000, cells=1_000, points=1_000)
    report.write_text(text, encoding="utf-8")
    browser.get(f"file://{report}")
    for figure in browser.find_elements(By.CSS_SELECTOR, "#first-charts figure"):
        draw(browser, figure)
    # How fast is the machine's affair: 3 s are wished.
    print(f"drawn after {browser.execute_script('return performance.now()'):.0f} ms")


AXE = resources.files("axe_core_python") / "axe.min.js"
BARRIERS = ("serious", "critical")


def barriers(browser):
    """What axe-core finds that keeps somebody out: each rule with the elements that break it."""
    browser.set_script_timeout(120)
    browser.execute_script(AXE.read_text(encoding="utf-8"))
    found = browser.execute_async_script("axe.run().then(arguments[0])")
    assert found["passes"]
    return {
        rule["id"]: [f"{node['html'][:200]} {node['failureSummary']}" for node in rule["nodes"]]
        for rule in found["violations"]
        if rule["impact"] in BARRIERS
    }


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("colours_of", ["light", "dark"])
def test_nothing_keeps_a_reader_out(page, width, colours_of):
    window(page, width)
    scheme(page, colours_of)
    page.execute_script("document.querySelectorAll('details').forEach((found) => { found.open = true; })")
    draw(page, figures(page)[0])
    assert barriers(page) == {}
