"""Rendering: what a protocol sends of a model's payload pool, and the golden answers to it, as a folder."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from servebench.answers import GOLDEN_STEP
from servebench.build.request import Unavailable
from servebench.check.valid_row import BODY_LIMIT_BYTES
from servebench.model.answers import to_answers
from servebench.model.contract import ModelContract
from servebench.model.folder import read_estimator
from servebench.model.payloads import pool_size
from servebench.paths import GOLDEN, PAYLOADS
from servebench.protocol.description import (
    SERVEBENCH,
    SUFFIX,
    Carried,
    Exchange,
    Protocol,
    known_protocols,
    load_protocol,
)
from servebench.protocol.renderer import Answer, Renderer, Row
from servebench.protocol.wire import whole_answer, wire_facts, write_unavailable, write_wire


def render(model: Path, name: str, rows: int, folder: Path) -> str | None:
    """Write what a protocol sends of a model, with so many rows a request; returns why it cannot, where it cannot."""
    protocol = load_protocol(name)
    facts = wire_facts(name, protocol, rows)
    try:
        bodies, golden = _rendered(model, name, protocol, rows)
    except Unavailable as reason:
        write_unavailable(folder, {**facts, **reason.manifest})
        return reason.reason
    write_wire(folder, facts, bodies, golden)
    return None


def _rendered(model: Path, name: str, protocol: Protocol, rows: int) -> tuple[list[str], list[str]]:
    """The bodies, and the golden answers to every tenth."""
    contract = ModelContract.read(model)
    exchange = exchange_of(name, protocol, contract, rows)
    bodies, golden = _read_lines(model / PAYLOADS), _read_lines(model / GOLDEN)
    if name == SERVEBENCH and rows == 1:
        # The model's own to the byte: recorded traffic is sent as it was recorded.
        return bodies, [whole_answer(answer) for answer in golden]
    is_of_one_row = rows == 1 and protocol.one_row is not None
    renderer = Renderer(contract, exchange, column_order(protocol, contract), is_of_one_row)
    if name == SERVEBENCH:
        _require_room(bodies, rows)
    most = len(bodies) if rows == 1 else pool_size(len(contract.columns) * rows)
    asked = group([json.loads(body)["features"] for body in bodies], rows, most)
    answers = [[json.loads(answer)] for answer in golden] if rows == 1 else _ask(model, contract, asked[::GOLDEN_STEP])
    return (
        [json.dumps(renderer.body(body), separators=(",", ":")) for body in asked],
        [json.dumps(renderer.golden(told)) for told in answers],
    )


def _require_room(bodies: Sequence[str], rows: int) -> None:
    """Raise Unavailable where so many of the longest rows are more than the contract's servers take."""
    longest = max(len(body) for body in bodies)
    if longest * rows > BODY_LIMIT_BYTES:
        raise Unavailable(
            f"{rows:,} rows a request are up to {longest * rows / BODY_LIMIT_BYTES:.1f} MiB, and a server takes 1 MiB",
            f"give at most {BODY_LIMIT_BYTES // longest:,} rows",
            is_of_model=True,
        )


def _read_lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def group(pool: Sequence[Row], rows: int, most: int) -> list[list[Row]]:
    """Bodies of so many rows, in the pool's order and on around its end, until they would repeat; at most so many."""
    count = min(most, len(pool) // math.gcd(len(pool), rows))
    return [[pool[(number * rows + place) % len(pool)] for place in range(rows)] for number in range(count)]


def _ask(model: Path, contract: ModelContract, bodies: Sequence[Sequence[Row]]) -> list[list[Answer]]:
    """The estimator's own answers: the model's golden ones are to every tenth row only."""
    estimator = read_estimator(model)
    return [[*to_answers(estimator, contract, rows)] for rows in bodies]


def column_order(protocol: Protocol, contract: ModelContract) -> list[int]:
    """Of each value that is sent its place in a row of the pool, which is in the sample's order."""
    return [*range(len(contract.columns))] if protocol.column_order == "sample" else contract.training_order


def exchange_of(name: str, protocol: Protocol, contract: ModelContract, rows: int) -> Exchange:
    """The request and answer for a model; raises Unavailable where the protocol cannot carry them."""
    _require_carried(name, protocol, contract)
    exchange = protocol.one_row if rows == 1 and protocol.one_row is not None else protocol.many_rows
    if exchange is None:
        raise Unavailable(
            f"the protocol {name} takes one row a request",
            f"say what `many_rows` are in servers/protocols/{name}{SUFFIX}",
        )
    resolved = exchange.resolved(contract.trained_on is not None, contract.classes is not None)
    if resolved.has_class_indices and contract.classes is None:
        raise Unavailable(
            f"the protocol {name} answers with the number of a class, and the model has none",
            f"say where the prediction itself stands in servers/protocols/{name}{SUFFIX}",
            is_of_model=True,
        )
    return resolved


def _require_carried(name: str, protocol: Protocol, contract: ModelContract) -> None:
    for column in contract.columns:
        missing = sorted(_kinds(contract, column.name) - set(protocol.carries))
        if missing:
            raise Unavailable(
                f"the protocol {name} carries no {missing[0]}, which column '{column.name}' holds",
                f"use one that does: {_that_carry(contract)}",
                is_of_model=True,
            )


def _kinds(contract: ModelContract, *names: str) -> set[Carried]:
    """What stands in these columns, or in all."""
    columns = [column for column in contract.columns if not names or column.name in names]
    kinds = {Carried(column.type) for column in columns}
    return kinds | ({Carried.NULL} if any(column.has_null for column in columns) else set())


def _that_carry(contract: ModelContract) -> str:
    needed: set[Any] = {*_kinds(contract)}
    return ", ".join(name for name in known_protocols() if needed <= set(load_protocol(name).carries))
