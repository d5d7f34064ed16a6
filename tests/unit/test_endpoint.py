"""An endpoint in the config: what makes one, what is refused, and what it needs no more."""

import pytest
from servebench.build.precompile import precompiled_server
from servebench.build.system import system_sources
from servebench.config import dump_config, load_config, parse_config, parse_system
from servebench.endpoint import EndpointDefinition
from servebench.errors import ServebenchError
from servebench.machine import Cpu
from servebench.paths import StudyPaths
from servebench.plan.estimate import make_plan
from servebench.plan.known_machine import KnownMachine
from servebench.plan.refusal import refuse_impossible_cores
from servebench.words import GeneratorKind, Phase
from support.packages import default_config

HERE = {"url": "http://127.0.0.1:9000"}
SERVER = {"server": "fastapi", "inference": "sklearn", "workers": 1}


def raw(mine, **changes):
    values = default_config().model_dump()
    catalogue = {**values["system_catalogue"], "mine": mine}
    return {**values, "systems": ["mine"], "also": [], "system_catalogue": catalogue, **changes}


def test_a_url_makes_an_endpoint():
    config = parse_config(raw({**HERE, "pid": 12}))
    mine = config.system_catalogue["mine"]
    assert isinstance(mine, EndpointDefinition)
    assert (mine.address.port, mine.meter, mine.metered) == (9000, "process 12", "metered by process 12")
    assert parse_system(HERE).metered == "not metered"
    assert parse_system({**HERE, "container": "/sys/fs/cgroup/a"}).metered == "metered by container /sys/fs/cgroup/a"


def test_a_dumped_endpoint_reads_back_equal(tmp_path):
    config = parse_config(raw(HERE))
    path = tmp_path / "config.yaml"
    path.write_text(dump_config(config))
    assert load_config(path) == config


@pytest.mark.parametrize(
    ("mine", "words"),
    [
        ({**HERE, **SERVER}, "give either url, or server with its options, not url with server, inference, workers"),
        ({**HERE, "workers": 2}, "not url with workers"),
        ({"pid": 12}, "missing key 'system_catalogue.mine.url'"),
        ({"url": "ftp://a"}, "system_catalogue.mine.url: 'ftp://a' must begin with http://"),
        ({"url": 9000}, "system_catalogue.mine.url: must be a word, not 9000"),
        ({**HERE, "pid": 0}, "system_catalogue.mine.pid: must be at least 1, not 0"),
        ({**HERE, "pid": 1, "container": "/a"}, "system_catalogue.mine: give either pid or container"),
        (
            {**HERE, "container": "docker-1"},
            "system_catalogue.mine.container: 'docker-1' must be the folder of a cgroup",
        ),
        ({**HERE, "prot": "x"}, "unknown key 'system_catalogue.mine.prot'; did you mean 'protocol'?"),
        ({**HERE, "protocol": "x"}, "system_catalogue.mine.protocol: no protocol 'x' in servers/protocols/"),
        ({"url": "https://a"}, "system_catalogue.mine.url: generator 'native' speaks no https: measure it by one that"),
    ],
)
def test_a_mistake_is_one_line(mine, words):
    with pytest.raises(ServebenchError) as caught:
        parse_config(raw(mine, generators=["native"]))
    assert "\n" not in str(caught.value)
    assert "Value error" not in str(caught.value)
    assert words in str(caught.value)


@pytest.mark.parametrize("kind", [kind for kind in GeneratorKind if kind is not GeneratorKind.NATIVE])
def test_generators_that_speak_https_may_measure_it(kind):
    catalogue = {"other": {"kind": kind}}
    config = raw({"url": "https://a"}, generators=["other"], generator_catalogue=catalogue, rates=[])
    assert parse_config(config).system_catalogue["mine"].address.is_tls


def test_nothing_is_built_or_started_for_it(tmp_path):
    config = parse_config(raw(HERE, repeats=1))
    assert system_sources("mine", config.system_catalogue["mine"]) == []
    assert precompiled_server(config, "mine") is None
    here = make_plan(config, StudyPaths(tmp_path), KnownMachine.read(tmp_path))
    started = make_plan(parse_config(raw(SERVER, repeats=1)), StudyPaths(tmp_path), KnownMachine.read(tmp_path))
    assert here.phases[Phase.TRIALS] < started.phases[Phase.TRIALS]


def test_the_generators_cpus_are_those_that_server_cores_leave():
    config = parse_config(raw(HERE, server_cores=64))
    with pytest.raises(ServebenchError, match="server_cores: needs 64 CPUs"):
        refuse_impossible_cores(config, StudyPaths.of("x"), [Cpu(0, (0, 0), 0), Cpu(1, (0, 1), 0)])
