"""CITATION.cff by the Citation File Format 1.2.0, and what the catalogue of Snakemake workflows reads."""

import datetime
import re

import pytest
import yaml
from servebench.paths import REPOSITORY

CITATION = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text(encoding="utf-8"))
CATALOGUE = yaml.safe_load((REPOSITORY / ".snakemake-workflow-catalog.yml").read_text(encoding="utf-8"))
# The format's schema: what must be there, and what else may be.
REQUIRED = {"cff-version", "message", "title", "authors"}
ALLOWED = REQUIRED | {
    *("abstract", "commit", "contact", "date-released", "doi", "identifiers", "keywords", "license", "license-url"),
    *(
        "preferred-citation",
        "references",
        "repository",
        "repository-artifact",
        "repository-code",
        "type",
        "url",
        "version",
    ),
}


def test_it_has_the_keys_of_the_format():
    assert REQUIRED <= CITATION.keys() <= ALLOWED
    assert CITATION["cff-version"] == "1.2.0"
    assert CITATION["type"] in {"software", "dataset"}


@pytest.mark.parametrize("key", ["message", "title", "abstract", "version", "license"])
def test_a_text_is_a_text(key):
    assert isinstance(CITATION[key], str)
    assert CITATION[key].strip()


def test_authors_and_keywords_are_lists_as_the_format_has_them():
    assert all(isinstance(author["name"], str) for author in CITATION["authors"])
    assert len(set(CITATION["keywords"])) == len(CITATION["keywords"]) > 0


def test_the_date_is_that_of_the_changelog():
    assert isinstance(CITATION["date-released"], datetime.date)
    changes = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## \[(.+)\] - (.+)$", changes, re.M)[0] == (
        CITATION["version"],
        str(CITATION["date-released"]),
    )


def test_the_catalogue_is_told_how_the_packages_come_and_that_there_is_a_report():
    usage = CATALOGUE["usage"]
    assert usage["software-stack-deployment"] == {"conda": True}
    assert usage["report"] is True
    rules = [path.read_text(encoding="utf-8") for path in (REPOSITORY / "workflow" / "rules").glob("*.smk")]
    assert all(text.count("    conda:") == text.count("    script:") for text in rules)
    assert any("report(" in text for text in rules)


def test_the_config_is_described_where_the_catalogue_looks():
    assert (REPOSITORY / "config" / "README.md").exists()
