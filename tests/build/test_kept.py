from servebench.calibrate.kept import imported_files, kept_or_made
from servebench.calibrate.outcome import Criterion, measured


def test_a_calibration_is_kept_for_its_programs_if_it_is_worth_it(tmp_path):
    source = tmp_path / "source"
    source.write_text("one")
    made = []

    def make(passed=True):
        def calibrate():
            made.append(passed)
            return measured([Criterion("x", 1.0, 1.0, "5%", passed, "x")])

        return calibrate

    assert kept_or_made(tmp_path, "x", ["1"], [source], make())["kept"] is False
    assert kept_or_made(tmp_path, "x", ["1"], [source], make())["kept"] is True
    source.write_text("two")
    assert kept_or_made(tmp_path, "x", ["1"], [source], make(False))["kept"] is False
    assert kept_or_made(tmp_path, "x", ["1"], [source], make(False))["kept"] is False
    assert made == [True, False, False]


def test_the_sources_of_a_calibration_are_what_it_imports():
    names = {path.name for path in imported_files("servebench.calibrate.meter")}
    assert {"meter.py", "window.py", "drive.py", "outcome.py", "servers.py"} <= names
    assert "tables.py" not in names
