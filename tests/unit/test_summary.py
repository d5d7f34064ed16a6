"""summary.md is short, whatever the study holds, and leaves nothing out silently."""

import pytest
from servebench.files import write_json
from servebench.report.sections import DETAILS, SUMMARY
from servebench.report.sections.section import join_sections
from servebench.report.sections.systems import MOST_SYSTEMS, systems
from support.trials import make_trial, study_data

MOST_LINES = 80
PYTHON = {"server": "fastapi", "inference": "sklearn"}
CPP = {"server": "beast", "inference": "compiled"}


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Twelve systems, two models and two generators; much to warn of, and more that could not be built."""
    study = tmp_path_factory.mktemp("results") / "study"
    roles = {"fastapi": PYTHON, "beast": CPP}
    names = [*roles, *(f"system-{number}" for number in range(10))]
    places = [(model, generator) for model in ("m", "n") for generator in ("native", "locust")]
    results = [
        make_trial(
            study / "trials",
            name,
            r,
            1000.0 * (number + 1) + r,
            model=model,
            generator=generator,
            errors={"timeout": 1},
            steal_cores=1.0,
            **roles.get(name, {}),
        )
        for model, generator in places
        for number, name in enumerate(names)
        for r in (1, 2, 3)
    ]
    results += [
        make_trial(study / "trials", f"absent-{number}", 1, model=model, reason=f"no compiler {number}")
        for model in ("m", "n")
        for number in range(6)
    ]
    data = study_data(study, results)
    heard = {"status": "measured", "disturbance": "CPU 1 was taken for 12 % of a second", "cpus": []}
    write_json(data.paths.machine_calibration, heard)
    return data


def test_the_summary_of_twelve_systems_has_80_lines_at_most(large):
    assert len(join_sections(large, SUMMARY).splitlines()) <= MOST_LINES


def test_what_it_has_no_room_for_is_counted_and_stands_among_the_details(large):
    summary = join_sections(large, SUMMARY)
    assert f"and {2 * 18 - MOST_SYSTEMS} more, in `report.html`." in summary
    assert "- and 4 more, in `report.html`." in summary
    details = {section.name: section.render(large) for section in DETAILS if section.name != "setting"}
    assert details["also not measured"].count("was not measured") == 4
    assert "system-9, 64 users, locust: 3 errors" in details["warnings"]


def test_it_begins_with_which_study_what_is_missing_and_the_answer(large):
    parts = join_sections(large, SUMMARY).split("\n\n")
    assert parts[0] == "# Study default"
    assert parts[1].startswith(
        "model digits-boosting; a CPU, 2 CPUs, 1 GiB, kernel 6.1; measured on 2026-01-01; servebench "
    )
    assert parts[2].startswith("**The machine was disturbed")
    assert parts[3].startswith("- **absent-0** (m) was not measured")
    assert parts[4] == "## The answer"
    assert parts[5].startswith("- m: `system-9` serves the most, 12,000 requests/s [")


def test_warnings_are_grouped_by_what_to_do(large):
    summary = join_sections(large, SUMMARY)
    line = (
        "- **measure on a quiet machine** (48 warnings, the first of them): fastapi, 64 users, native: "
        "the hypervisor took up to 1.00 cores"
    )
    assert line in summary
    assert summary.count("- **see what failed in the server's log** (48 warnings, ") == 1


def test_one_chart_and_the_articles_claims_are_there(large):
    summary = join_sections(large, SUMMARY)
    assert summary.count("](plots/") == 1
    assert summary.count("C++ serves 50 % more requests/s") == 4
    assert "A ratio is `beast` (C++, the model compiled) over `fastapi` (FastAPI, the model in scikit-learn)" in summary


@pytest.mark.parametrize("generator_cpu", [0.3, 0.99])
def test_it_is_said_how_a_bound_is_read_where_one_stands(tmp_path, generator_cpu):
    busy = {"cpu": 0.2, "generator_cpu": generator_cpu} if generator_cpu > 0.9 else {}
    results = [make_trial(tmp_path, "a", r, 1000.0 + r, **busy) for r in (1, 2, 3)]
    text = join_sections(study_data(tmp_path / "study", results), SUMMARY)
    is_bound = generator_cpu > 0.9
    assert ("≥ 300 [200, 450] reads, with caution, as at least 200." in text) == is_bound
    assert ("≥" in text) == is_bound


def test_a_load_of_all_figures_is_told_once(tmp_path):
    results = [make_trial(tmp_path, name, r, 1000.0 + r) for name in "ab" for r in (1, 2, 3)]
    text = systems(study_data(tmp_path / "study", results))
    assert "Every figure of the table was measured with 64 users, locust." in text
    assert text.count("64 users") == 1


@pytest.mark.parametrize("price", [None, 0.04])
def test_without_a_price_the_key_that_gives_the_cost_is_told(tmp_path, price):
    results = [make_trial(tmp_path / "trials", "beast", 1, 100.0)]
    text = systems(study_data(tmp_path / "study", results, price_per_cpu_hour=price))
    assert ("`price_per_cpu_hour` in the config turns the CPU into a cost." in text) == (price is None)
    assert ("| 50 s |" in text) == (price is None)


def test_a_study_without_warnings_has_none(tmp_path):
    data = study_data(tmp_path / "study", [make_trial(tmp_path, "a", r, 100.0 + r / 10) for r in (1, 2, 3)])
    assert "## Warnings" not in join_sections(data, SUMMARY)
