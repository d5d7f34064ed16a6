import pytest
from servebench.errors import ServebenchError
from servebench.files import write_text
from servebench.paths import StudyPaths
from servebench.report.calibration import calibration_lines, not_passed


def test_what_has_not_been_calibrated_is_said(tmp_path):
    lines = calibration_lines(StudyPaths(tmp_path), ["native"])
    assert lines[0] == "ceiling: native not measured yet"
    assert "intervals: not measured yet" in lines[-1]
    assert not_passed(StudyPaths(tmp_path), ["native"]) == []


@pytest.mark.parametrize("broken", ["{}", '{"status": "almost"}', "[]", "", '{"status": "meas'])
def test_a_broken_calibration_is_one_line_with_the_remedy(tmp_path, broken):
    paths = StudyPaths(tmp_path)
    write_text(paths.calibration("native"), broken)
    with pytest.raises(ServebenchError, match=r"native\.json is broken.*delete it and run the study again"):
        calibration_lines(paths, ["native"])
