"""docs/: what is linked is there, and the numbers in the text are those that decide."""

import re

import pytest
from servebench import thresholds
from servebench.answers import GOLDEN_STEP
from servebench.paths import REPOSITORY

DOCS = sorted((REPOSITORY / "docs").glob("*.md"))
METHOD = " ".join((REPOSITORY / "docs" / "method.md").read_text(encoding="utf-8").split())


def share(value: float) -> str:
    return f"{value * 100:g} %"


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_link_and_path_leads_somewhere(path):
    text = path.read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    assert [link for link in links if not (path.parent / link).exists()] == []
    assert [name for name in re.findall(r"`([^`\s]+/[^`\s]*)`", text) if not (REPOSITORY / name).exists()] == []


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_readme_links_to_it(path):
    assert f"](docs/{path.name})" in (REPOSITORY / "README.md").read_text(encoding="utf-8")


def test_every_source_is_referred_to():
    numbers = re.findall(r"(?<=\s)(\d)\. [A-Z]\. ", METHOD.partition("## Sources")[2])
    assert numbers == [str(number) for number in range(1, 8)]
    assert set(re.findall(r"\[(\d)\]", METHOD)) == set(numbers)


@pytest.mark.parametrize(
    "words",
    [
        f"more than {share(thresholds.ERROR_SHARE)} of its answers",
        f"wakes more than {thresholds.STOOD_STILL_MS:g} ms late",
        f"idle for at most {share(thresholds.IDLE_CPUS)} of the window",
        f"used {share(thresholds.SATURATED)} of the CPU",
        f"less than {share(thresholds.MORE_BY_TWICE)} more",
        f"less than {thresholds.FEW_USERS_A_CPU} users a CPU",
        f"from {thresholds.LEAST_REPEATS} repeats on",
        "looked at after {}, {} and {} blocks".format(*thresholds.LOOKS),
        f"smallest effect ({share(thresholds.SMALLEST_EFFECT)}, of memory {share(thresholds.SMALLEST_EFFECT_MEMORY)})",
        f"at most {share(thresholds.MOST_SHARE_OF_CAPACITY)} of the slower one's capacity",
        f"{thresholds.LEAST_REQUESTS_BEYOND} requests beyond it",
        f"at least {thresholds.LEAST_SECONDS_BEYOND} different seconds",
        f"waited for more than {share(thresholds.GENERATOR_WAITED)} of it",
        f"the server for more than {share(thresholds.SERVER_WAITED)}",
        f"differ by more than {share(thresholds.UNSTEADY)}",
    ],
)
def test_its_numbers_are_those_that_decide(words):
    assert words in METHOD


def test_its_words_are_those_of_the_counts():
    assert (thresholds.MOST_RETRIES, GOLDEN_STEP) == (2, 10)
    assert "made again, at most twice" in METHOD
    assert "a tenth of all answers" in METHOD
