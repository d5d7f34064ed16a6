import json

import jsonschema
import pytest
from servebench.analyse.metrics import metric_of
from servebench.files import read_json
from servebench.paths import REPOSITORY
from servebench.report.answer import Findings, answers
from servebench.report.conclusions import conclusions_of, write_conclusions
from servebench.report.sections import SUMMARY
from servebench.report.sections.section import join_sections
from servebench.words import Bound, ContrastWord
from support.trials import make_trial, study_data

SCHEMA = REPOSITORY / "workflow" / "schemas" / "conclusions.schema.json"
POINT = ("m", "locust", "users-64")


@pytest.fixture
def data(tmp_path):
    study = tmp_path / "study"
    results = [make_trial(study / "trials", "fast", r, 1000.0 + 10 * r) for r in (1, 2, 3)]
    results += [make_trial(study / "trials", "slow", r, 100.0 + r, cpu_us=900.0) for r in (1, 2, 3)]
    bound = {"cpu": 0.2, "generator_cpu": 0.99}
    results += [make_trial(study / "trials", "bound", r, 5000.0 + r, **bound) for r in (1, 2, 3)]
    results += [make_trial(study / "trials", "crow", r) for r in (1, 2, 3)]
    return study_data(study, results)


def test_the_file_keeps_its_schema(data):
    write_conclusions(data.paths)
    written = read_json(data.paths.conclusions)
    jsonschema.validate(written, json.loads(SCHEMA.read_text()))
    broken = {**written, "conclusions": [{**written["conclusions"][0], "systems": []}]}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, json.loads(SCHEMA.read_text()))


def test_each_measured_figure_and_each_contrast_is_a_conclusion(data):
    found = conclusions_of(data).conclusions
    assert len(found) == len({conclusion.key for conclusion in found})
    assert sum(len(conclusion.systems) == 2 for conclusion in found) == len(data.contrasts)
    assert {metric_of(conclusion.metric).name for conclusion in found} >= {"throughput_rps", "cpu_us_per_row"}
    throughput = Findings.of(data).figure("throughput_rps", "bound", POINT)
    assert (throughput.bound, throughput.verdict, throughput.campaign) == (Bound.AT_LEAST, "generator-bound", "one")


def test_a_ratio_is_found_either_way_round(data):
    findings = Findings.of(data)
    ratio = findings.ratio("throughput_rps", "bound", "slow", POINT)
    turned = findings.ratio("throughput_rps", "slow", "bound", POINT)
    assert (ratio.bound, turned.bound) == (Bound.AT_LEAST, Bound.AT_MOST)
    assert turned.verdict == ContrastWord.UPPER_BOUND
    assert (ratio.reason, turned.reason) == ("the generator limited the first", "the generator limited the second")
    assert turned.estimate == pytest.approx(1 / ratio.estimate)
    assert (turned.low, turned.high) == pytest.approx((1 / ratio.high, 1 / ratio.low))
    assert findings.ratio("throughput_rps", "crow", "slow", POINT) is None


def test_what_was_not_measured_is_there_with_reason_and_remedy(data):
    (absent,) = conclusions_of(data).not_measured
    assert (absent.system, absent.reason, absent.remedy) == ("crow", "no compiler", "install one")


def test_summary_and_conclusions_say_the_same_sentence_and_figures(data):
    found = conclusions_of(data)
    assert found.answers == answers(data)
    summary = join_sections(data, SUMMARY)
    assert all(answer.sentence in summary for answer in found.answers)
    tiles = [tile for answer in found.answers for part in answer.systems for tile in part.tiles]
    assert all(tile.figure in summary for tile in tiles)
    (load,) = {tile.load for tile in tiles if tile.load}
    assert f"Every figure of the table was measured with {load}." in summary
