"""The reference study, real trials kept in the repository: they are still read, judged and shown."""

import json
import shutil

import pytest
from servebench.analyse.tables import read_table, write_tables
from servebench.archive import unpack_raw
from servebench.compare.compare import compare
from servebench.compare.studies import Studies
from servebench.compare.text import compare_text
from servebench.config import load_config
from servebench.config_words import with_present_names
from servebench.gate.judge import judge
from servebench.gate.rule import parse_rule
from servebench.paths import REPOSITORY, StudyPaths
from servebench.plan.cells import trial_keys, trial_result
from servebench.plan.refusal import refuse_changed_settings
from servebench.report.data import load_study
from servebench.report.sections import SUMMARY
from servebench.report.sections.article_claims import article_claims
from servebench.report.sections.section import join_sections
from servebench.report.sections.throughput import throughput
from servebench.trial.record import read_record
from servebench.words import ChangeWord, GateWord, Outcome, VerdictWord

ARCHIVE = StudyPaths(REPOSITORY / "results" / "reference").archive
ARTICLE = StudyPaths(REPOSITORY / "results" / "reference-article").archive
MOST_BYTES = 3_000_000


def unpacked(archive, folder):
    """A study's folder with the tables of its trials."""
    paths = StudyPaths(folder)
    unpack_raw(archive, paths.root)
    write_tables([trial_result(paths, key) for key in trial_keys(load_config(paths.config))], paths.tables)
    return paths


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return unpacked(ARCHIVE, tmp_path_factory.mktemp("results") / "reference")


@pytest.fixture(scope="module")
def article(tmp_path_factory):
    return unpacked(ARTICLE, tmp_path_factory.mktemp("results") / "reference-article")


def test_the_archives_are_small_and_say_nothing_of_the_place_where_they_were_made(study, article):
    assert ARCHIVE.stat().st_size + ARTICLE.stat().st_size < MOST_BYTES
    for path in [*study.root.rglob("*.json"), *article.root.rglob("*.json")]:
        assert '"/tmp' not in path.read_text()
        assert '"/root' not in path.read_text()


def test_readme_answers_the_article_with_the_figures_of_its_trials(article):
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    data = load_study(article)
    rows = [line.strip("| ").split(" | ") for line in throughput(data).splitlines() if "| 200 users |" in line]
    assert len(rows) == 4
    assert all(rate in readme for _, _, _, rate, *_ in rows)
    claims = [line.strip("| ").split(" | ") for line in article_claims(data).splitlines() if ", 200 users |" in line]
    assert len(claims) == 12
    assert all(ours in readme for _, article_says, _, ours, _ in claims if ";" not in article_says)
    assert f"{int(data.trials['answers_checked'].sum()):,} answers compared" in readme


def test_every_trial_of_the_reference_was_measured_or_not_needed(study):
    outcomes = read_table(study.tables, "trials")["outcome"].value_counts()
    assert dict(outcomes) == {Outcome.MEASURED: 40, Outcome.NOT_NEEDED: 10}


def test_the_reference_was_made_with_the_released_crow(study):
    key = next(key for key in trial_keys(load_config(study.config)) if key.system == "crow")
    assert read_record(trial_result(study, key)).server.health["version"] == "1.3.3"


def test_the_reference_tells_locust_from_the_servers(study):
    cells = read_table(study.tables, "cells").set_index(["system", "generator", "load_point"])
    by_locust = cells.loc[("crow", "locust", "users-200")]
    assert by_locust["verdict"] == VerdictWord.GENERATOR_BOUND
    assert by_locust["throughput_rps"] < cells.loc[("crow", "native", "users-64"), "throughput_rps"] / 3
    contrasts = read_table(study.tables, "contrasts").set_index(["numerator", "denominator", "load_point", "metric"])
    assert contrasts.loc[("crow", "fastapi", "users-64", "cpu_us_per_request"), "ratio_high"] < 0.1


def test_the_articles_summary_has_80_lines_at_most(article):
    text = join_sections(load_study(article), SUMMARY)
    assert len(text.splitlines()) <= 80
    assert text.count("| C++ serves 50 % more requests/s") == 2
    assert "- `crow-article` serves the most, ≥ 2,190 requests/s [" in text


def test_readme_shows_the_figures_of_the_reference(study):
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    rows = [
        line.strip("| ").split(" | ")
        for line in throughput(load_study(study)).splitlines()
        if line.startswith("|") and "users |" in line
    ]
    assert len(rows) == 6
    for system, generator, load, rate, verdict, p50, *_ in rows:
        assert f"| `{system}` | {generator} | {load} | {rate} | {p50} | {verdict} |" in readme


def test_more_is_measured_in_a_study_of_before_without_measuring_its_trials_again(study):
    refuse_changed_settings(load_config(study.config), study)


def test_a_record_of_the_reference_is_read_and_written_the_same(study):
    for path in sorted(study.root.glob("trials/**/result.json"))[:5]:
        written = json.loads(path.read_text())
        written["settings"] = with_present_names(written["settings"])
        # The machine's facts are no model that knows what was set.
        later = ("cpu_quota", "memory_limit_mib", "allowed_cpus", "node", "cores", "is_virtual")
        written["machine"] = {**dict.fromkeys(later), **written["machine"]}
        assert json.loads(read_record(path).model_dump_json(exclude_unset=True)) == written


def test_rules_decide_of_the_reference(study):
    rules = [
        "crow.users-64.throughput_rps >= 30000",
        "fastapi.rate-300.latency_p50_ms <= 5",
        "errors == 0",
        "ratio(crow, fastapi).users-64 >= 10",
        "ratio(crow, beast).users-64 >= 1",
        "crow.users-200.throughput_rps >= 20000",
        "fastapi.users-64.throughput_rps >= 5000",
    ]
    outcome = judge(load_study(study), [parse_rule(rule) for rule in rules])
    passed, failed, undecided = GateWord.PASSED, GateWord.FAILED, GateWord.UNDECIDED
    assert [of.word for of in outcome.outcomes] == [passed, passed, passed, passed, undecided, undecided, failed]


def test_the_article_compared_with_its_own_copy_has_not_changed(article, tmp_path):
    shutil.copytree(article.root, tmp_path / "copy")
    comparison = compare(Studies.read(article.root, tmp_path / "copy"))
    assert len(comparison.cells) == 4
    assert comparison.differences == []
    changes = [change for cell in comparison.cells for change in cell.changes if change.ratio.range]
    assert changes
    for change in changes:
        assert change.ratio.range.estimate == pytest.approx(1.0)
        assert change.ratio.word in (ChangeWord.SAME, ChangeWord.UNDECIDED)


def test_studies_without_a_common_cell_are_listed_and_not_compared(study, article):
    comparison = compare(Studies.read(article.root, study.root))
    assert comparison.cells == []
    assert (len(comparison.only_a), len(comparison.only_b)) == (4, 8)
    assert "No cell is in both." in compare_text(comparison)
