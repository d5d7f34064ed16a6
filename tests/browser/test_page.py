"""The report in a real browser, without a network."""

import json
import shutil

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from servebench.config import load_config
from servebench.report.plots import plots_of
from support.checkout import Checkout

CHROMIUM = next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)
DRIVER = shutil.which("chromedriver")

pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="no Chromium with chromedriver on this machine")


@pytest.fixture(scope="module")
def study(tmp_path_factory, study_cache):
    checkout = Checkout(tmp_path_factory.mktemp("browser") / "checkout", study_cache)
    arguments = [
        "--configfile",
        "config/smoke.yaml",
        "--config",
        "systems=[fastapi-compiled]",
        "repeats=3",
        "rates=[100]",
    ]
    done = checkout.snakemake("--cores", "2", *arguments)
    assert done.returncode == 0, done.stdout
    return checkout.folder / "results/smoke"


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
    assert browser.find_element(By.TAG_NAME, "h1").text == "Study smoke"
    assert len(browser.find_elements(By.TAG_NAME, "table")) >= 2
    images = browser.find_elements(By.TAG_NAME, "img")
    assert len(images) == len(plots_of(load_config(study / "config.yaml")))
    for image in images:
        assert browser.execute_script("return arguments[0].complete && arguments[0].naturalWidth > 100", image)
        assert image.get_attribute("alt")
    assert requested(browser) == [f"file://{study}/report.html"]
    assert not [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]


def test_an_interactive_plot_draws_offline(browser, study):
    requested(browser)
    browser.get(f"file://{study}/plots/overview.html")
    browser.implicitly_wait(10)
    assert browser.find_element(By.CSS_SELECTOR, "canvas, svg")
    assert requested(browser) == [f"file://{study}/plots/overview.html"]


def test_the_page_is_not_wider_than_a_phone(browser, study):
    browser.set_window_size(400, 800)
    browser.get(f"file://{study}/report.html")
    assert browser.execute_script("return document.documentElement.scrollWidth <= window.innerWidth + 1")
