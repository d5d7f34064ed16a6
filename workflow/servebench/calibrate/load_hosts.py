"""Each load host as an instrument: what its generator reaches, shows and adds, over the real network."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from servebench.calibrate.ceiling import find_ceiling
from servebench.calibrate.drive import BuiltGenerator, Site, calibration_site, constant_wire, drive
from servebench.calibrate.servers import DELAY_SERVER, build_program, start_program
from servebench.calibrate.stall import judge_stall
from servebench.calibrate.truth import EQUAL, LAWS, WARMUP_S, errors_of
from servebench.generator.abilities import ABILITIES, TruthTolerance
from servebench.load_hosts.host import held_hosts
from servebench.load_hosts.network import LoadNetwork
from servebench.load_point import ClosedLoop


def calibrate_hosts(
    generator: BuiltGenerator, network: LoadNetwork, payloads: Path, connections: int, cache: Path
) -> dict[str, dict[str, Any]]:
    """The parts of each host by its name; nothing where this machine sends the load.

    A ceiling and a stall are as they are on one machine; `added_ms` is what network and generator together add to a
    latency, at each percentile, against a server that says how long it really waited.
    """
    with _site(f"load hosts of {generator.name}", network) as site:
        return {
            host.name: _parts(replace(site, hosts=[host]), generator, payloads, connections, cache)
            for host in site.hosts
        }


@contextmanager
def _site(what: str, network: LoadNetwork) -> Iterator[Site]:
    with calibration_site(what) as site, held_hosts(network, what) as hosts:
        yield replace(site, server_host=network.server_address, hosts=hosts)


def _parts(site: Site, generator: BuiltGenerator, payloads: Path, connections: int, cache: Path) -> dict[str, Any]:
    abilities = ABILITIES[generator.definition.kind]
    parts = {"ceiling": find_ceiling(site, generator, payloads, connections, cache)}
    if abilities.stall is not None:
        parts["stall"] = judge_stall(site, generator, abilities.stall, payloads, cache)
    if abilities.truth is not None:
        parts["added_ms"] = _added_ms(site, generator, abilities.truth, payloads, cache)
    return parts


def _added_ms(
    site: Site, generator: BuiltGenerator, tolerance: TruthTolerance, payloads: Path, cache: Path
) -> dict[str, float]:
    """Found - told of each percentile, after equal delays."""
    executable = build_program(DELAY_SERVER, site.scratch, cache)
    wire = constant_wire(payloads, site.scratch / "added-wire")
    server = start_program(site.groups, executable, site.server_cpus, *LAWS[EQUAL], host=site.server_host)
    point = ClosedLoop(tolerance.users_equal)
    run = drive(site, generator, wire, server, point, tolerance.duration_s, warmup_s=WARMUP_S)
    site.groups.end(server.pid)
    return {f"p{percentile:g}_ms": off_ms for percentile, off_ms in errors_of(generator.name, run.load).off_ms.items()}
