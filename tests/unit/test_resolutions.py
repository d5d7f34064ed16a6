import pytest
from servebench.analyse.resolutions import read_resolutions
from servebench.files import write_json


@pytest.mark.parametrize(("floor", "known"), [({}, 0.03), ({"p99_ms": 0.02}, 0.03), ({"p99_ms": 0.16}, 0.16)])
def test_no_generator_is_believed_to_be_more_right_than_the_floor_beside_it(tmp_path, floor, known):
    path = tmp_path / "native.json"
    write_json(path, {"resolution": {"p50_ms": None, "p99_ms": 0.03}, "floor": floor})
    assert read_resolutions([path, tmp_path / "absent.json"]) == {"native": {99.0: known}}
