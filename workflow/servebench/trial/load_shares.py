"""What each generator process sends of a load: connections and rate are shared out over hosts and their processes."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from servebench.address import Address
from servebench.config import GeneratorDefinition
from servebench.generator.protocol import RAMP_MOST_S, RAMP_SHARE, LoadSpecification
from servebench.generator.registry import GENERATORS, Seat
from servebench.load_point import DrivenPoint
from servebench.protocol.wire import Wire


@dataclass(frozen=True)
class Load:
    """What one generator is to send: which kind, what from which wire's folder, how much and for how long.

    `cpus` pins its processes on this host; None leaves them to the kernel. `cpu_count` is how many CPUs it has then,
    `is_shared` whether the server may run on them too.
    """

    generator: GeneratorDefinition
    generator_folder: Path
    wire: Path
    point: DrivenPoint
    cpus: tuple[int, ...] | None
    cpu_count: int
    is_shared: bool
    seed: int
    warmup_s: float
    duration_s: float
    timeout_s: float
    think_time_s: float = 0.0


@dataclass(frozen=True)
class HostSeat:
    """What a host has for the generator: so many CPUs, on which it may wait without sleep or not."""

    cpu_count: int
    may_spin: bool


def split_users(users: int, parts: int) -> list[int]:
    """Users a part, as even as can be, none without a user."""
    count = min(users, parts)
    return [users // count + (index < users % count) for index in range(count)]


def share_out(load: Load, address: Address, seats: Sequence[HostSeat]) -> list[list[LoadSpecification]]:
    """For each host one specification a process; hosts that no connection is left for are missing at the end."""
    connections = load.point.connections(load.generator.connections)
    processes = GENERATORS[load.generator.kind].processes
    shares = [
        split_users(of_host, processes(load.generator, seat.cpu_count))
        for of_host, seat in zip(split_users(connections, len(seats)), seats, strict=False)
    ]
    count = sum(len(of_host) for of_host in shares)
    numbers = itertools.count()
    return [
        [_specification(load, address, seat, share, next(numbers), count) for share in of_host]
        for of_host, seat in zip(shares, seats, strict=False)
    ]


def _specification(
    load: Load, address: Address, seat: HostSeat, share: int, number: int, count: int
) -> LoadSpecification:
    """What process `number` of `count` sends, which holds `share` of the connections."""
    generator, wire = GENERATORS[load.generator.kind], Wire.read(load.wire)
    connections = load.point.connections(load.generator.connections)
    timetable = load.point.timetable(load.warmup_s + load.duration_s)
    return LoadSpecification(
        host=address.host,
        port=address.port,
        users=share,
        timetable=None if timetable is None else timetable.share(share / connections).knots,
        phase=number / count,
        arrivals=load.generator.arrivals,
        seed=load.seed,
        think_time_s=load.think_time_s,
        warmup_s=load.warmup_s,
        duration_s=load.duration_s,
        timeout_s=load.timeout_s,
        method=wire.method,
        path=address.path(wire.path),
        headers=dict(wire.headers),
        payloads=str(wire.payloads.resolve()),
        golden=str(wire.golden.resolve()),
        first_payload=number * wire.bodies // count,
        options=generator.options(load.generator, Seat(seat.cpu_count, share, seat.may_spin)),
        ramp_s=min(RAMP_SHARE * load.warmup_s, RAMP_MOST_S),
        is_tls=address.is_tls,
    )
