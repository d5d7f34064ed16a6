import pytest
from servebench.report.sections.a_against_a import a_against_a
from support.packages import default_config
from support.trials import make_trial, study_data

AGAIN = {"server": "fastapi", "inference": "compiled", "workers": "cores"}


def section(tmp_path, factor, **changes):
    folder = tmp_path / "study"
    results = [make_trial(folder / "trials", "fastapi-compiled", r, 100.0 + r, server="fastapi") for r in (1, 2, 3)]
    results += [
        make_trial(folder / "trials", "fastapi-compiled-again", r, (100.0 + r) * factor, server="fastapi")
        for r in (1, 2, 3)
    ]
    catalogue = {**default_config().model_dump()["system_catalogue"], "fastapi-compiled-again": AGAIN | changes}
    systems = ["fastapi-compiled", "fastapi-compiled-again"]
    return a_against_a(study_data(folder, results, systems=systems, system_catalogue=catalogue, also=[]))


@pytest.mark.parametrize(("factor", "verdict"), [(1.0, "passed"), (1.2, "FAILED")])
def test_a_difference_between_two_names_of_one_system_is_false(tmp_path, factor, verdict):
    text = section(tmp_path, factor)
    assert "`fastapi-compiled` and `fastapi-compiled-again` are one system" in text
    assert f": {verdict}, as every difference would be false" in text
    assert ("different in" in text) == (factor > 1)


def test_two_systems_are_no_a_against_a(tmp_path):
    assert section(tmp_path, 1.0, inference="sklearn") == ""
