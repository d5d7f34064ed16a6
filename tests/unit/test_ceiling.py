import pytest
from conftest import HAS_COMPILER
from servebench.calibrate import ceiling
from servebench.calibrate.ceiling import measure_ceiling
from servebench.calibrate.reading import Reading
from servebench.generator.build import build_generator
from servebench.paths import CACHE
from support.packages import default_config
from support.processes import none_left

pytestmark = pytest.mark.skipif(not HAS_COMPILER, reason="no C++ compiler on this machine")


@pytest.mark.parametrize("name", ["native", "locust"])
def test_a_ceiling_is_measured_with_the_studys_payload(cancer_model, tmp_path, monkeypatch, name):
    monkeypatch.setattr(ceiling, "DURATION_S", 1.0)
    definition = default_config().generator_catalogue[name]
    build_generator(name, definition, tmp_path / name, CACHE)
    outcome = measure_ceiling(name, definition, tmp_path / name, cancer_model, CACHE, tmp_path / "out.json")
    assert outcome["status"] == "measured"
    # Any machine's loopback carries this; the ceilings themselves are printed by `make bench-loadgen`.
    assert outcome["throughput_rps"] > 500
    assert outcome["generator_cores"] > 0.3
    assert none_left("null_server")


def test_a_generator_that_is_not_built_has_no_ceiling(cancer_model, tmp_path):
    (tmp_path / "manifest.json").write_text('{"status": "unavailable", "reason": "no epoll", "remedy": "use Linux"}')
    definition = default_config().generator_catalogue["native"]
    outcome = measure_ceiling("native", definition, tmp_path, cancer_model, CACHE, tmp_path / "out.json")
    assert (outcome["status"], outcome["reason"]) == ("not measured", "no epoll")
    assert "throughput_rps" not in outcome


@pytest.mark.parametrize(
    ("generator", "server", "expected"), [(0.99, 0.5, True), (0.99, 0.97, False), (0.9, 0.5, False)]
)
def test_a_ceiling_counts_only_where_the_generator_alone_was_the_limit(generator, server, expected):
    assert Reading(1000.0, generator, server).is_ceiling == expected
