"""A study of several nodes: its pairs, its resolutions, and what its report says of them."""

import pytest
from servebench.analyse.resolutions import study_resolutions
from servebench.archive.raw import KEPT
from servebench.files import write_json
from servebench.paths import StudyPaths
from servebench.report.calibration import calibration_lines, disturbance
from servebench.report.sections.nodes import nodes, unlike_nodes
from servebench.report.sections.setting import _describe_nodes
from support.trials import MACHINE, make_trial, study_data


def on(node, **facts):
    return {"machine": {**MACHINE, "node": node, "allowed_cpus": 2, **facts}}


def study(tmp_path, second=None, **changes):
    """Two systems in four blocks, two on each node; n2 is half as fast."""
    second = on("n2") if second is None else second
    results = []
    for repeat, speed, machine in ((1, 1.0, on("n1")), (2, 1.0, on("n1")), (3, 0.5, second), (4, 0.5, second)):
        for system, rate in (("fast", 1000.0), ("slow", 100.0)):
            results.append(make_trial(tmp_path / "trials", system, repeat, rate * speed, **machine, **changes))
    return study_data(tmp_path, results)


def test_pairs_are_of_one_node_and_its_speed_cancels(tmp_path):
    row = study(tmp_path).contrasts.query("metric == 'throughput_rps'").iloc[0]
    assert (row["blocks"], round(row["ratio"], 6)) == (4, 10.0)


def test_a_trial_that_another_node_made_again_is_in_no_pair(tmp_path):
    results = [make_trial(tmp_path / "trials", "fast", repeat, 1000.0, **on("n1")) for repeat in (1, 2, 3)]
    results += [make_trial(tmp_path / "trials", "slow", repeat, 100.0, **on("n1")) for repeat in (1, 2)]
    results.append(make_trial(tmp_path / "trials", "slow", 3, 5.0, lost_on=["n1"], **on("n2")))
    data = study_data(tmp_path, results)
    row = data.contrasts.query("metric == 'throughput_rps'").iloc[0]
    assert (row["blocks"], round(row["ratio"], 6)) == (2, 10.0)
    made_again = data.trials.set_index(["system", "repeat"]).loc[("slow", 3)]
    assert (made_again["node"], made_again["lost_on"]) == ("n2", "n1")
    assert "| n1 | a CPU, 2 CPUs | 6.1 | 5 | 1 |" in nodes(data)


def test_the_report_has_a_row_a_node(tmp_path):
    data = study(tmp_path)
    text = nodes(data)
    assert "| n1 | a CPU, 2 CPUs | 6.1 | 4 | 0 | +33.3 % |" in text
    assert "| n2 | a CPU, 2 CPUs | 6.1 | 4 | 0 | -33.3 % |" in text
    assert unlike_nodes(data) == ""
    assert _describe_nodes(data.trials) == " (the first of 2 nodes: n1, n2)"


def test_unlike_nodes_are_said_with_what_differs(tmp_path):
    data = study(tmp_path, on("n2", kernel="6.2", allowed_cpus=1))
    assert "they differ in number of allowed CPUs and kernel.**" in unlike_nodes(data)


def test_a_study_that_no_cluster_placed_says_nothing_of_nodes(tmp_path):
    results = [make_trial(tmp_path / "trials", "fast", repeat, 1000.0) for repeat in (1, 2, 3)]
    data = study_data(tmp_path, results)
    assert (nodes(data), unlike_nodes(data), _describe_nodes(data.trials)) == ("", "", "")
    assert list(data.trials["node"]) == [""] * 3


def calibrate(paths, p50_ms, heard=None):
    write_json(paths.calibration("native"), {"status": "not measured", "resolution": {"p50_ms": p50_ms}})
    write_json(paths.machine_calibration, {"status": "not measured", "disturbance": heard})


def test_of_several_nodes_the_coarsest_resolution_holds(tmp_path):
    paths = StudyPaths(tmp_path)
    assert study_resolutions(paths, ["native"]) == {}
    calibrate(paths.on("n1-a"), 0.02)
    calibrate(paths.on("n2-b"), 0.05)
    assert study_resolutions(paths, ["native"]) == {"native": {50.0: 0.05}}


def test_what_was_calibrated_is_said_of_each_node(tmp_path):
    paths = StudyPaths(tmp_path)
    calibrate(paths.on("n1-a"), 0.02)
    assert disturbance(paths) is None
    calibrate(paths.on("n2-b"), 0.05, "others took a CPU")
    lines = calibration_lines(paths, ["native"])
    assert [line.partition(": latencies")[0] for line in lines if "latencies" in line] == ["on n1-a", "on n2-b"]
    assert sum("intervals:" in line for line in lines) == 1
    assert disturbance(paths) == "on n2-b: others took a CPU"


@pytest.mark.parametrize("name", ["journal-n1.jsonl", "calibration/n1-a/native.json"])
def test_an_archive_keeps_what_nodes_wrote(tmp_path, name):
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).touch()
    assert [path for pattern in KEPT for path in tmp_path.glob(pattern)] == [tmp_path / name]
