"""Bodies at the edge of JSON and of numbers, and what a server may make of each."""

import json
from collections.abc import Callable
from dataclasses import dataclass

REFUSED = frozenset({400, 422})
DEEP = 100_000


@dataclass(frozen=True)
class NumberCase:
    """A number in the place of a row's first; `like` is the number whose answer it must get, None: it is refused.

    `declared` is the beginning of the deviation of a server that does otherwise.
    """

    text: str
    like: str | None = None
    declared: str = ""


NUMBERS = [
    NumberCase("1e400"),
    NumberCase("-1e400"),
    NumberCase("1e39"),
    NumberCase("-1e39"),
    NumberCase("3.4028235677973366e38"),
    NumberCase("NaN"),
    NumberCase("Infinity"),
    NumberCase("-Infinity"),
    NumberCase("01"),
    NumberCase("+1"),
    NumberCase(".5"),
    NumberCase("1.", declared="A number may end in a point"),
    NumberCase("0x10"),
    NumberCase("-0.0", like="0.0"),
    NumberCase("-0", like="0.0"),
    NumberCase("1e-320", like="0.0"),
    NumberCase("18446744073709551616", like="1.8446744073709552e19"),
    NumberCase("-9223372036854775809", like="-9.223372036854775809e18"),
    NumberCase("100000000000000000000000000000000000000", like="1e38"),
    NumberCase("1E2", like="100"),
    NumberCase("0.10000000000000000000000000000000000000001", like="0.1"),
]


@dataclass(frozen=True)
class BodyCase:
    """A body made of the values of a valid row; a 200 must be that row's answer.

    `declared` begins the deviation of a server that does otherwise.
    """

    name: str
    make: Callable[[list[str]], bytes]
    statuses: frozenset[int]
    declared: str = ""


def body_of(values: list[str]) -> bytes:
    """The body of a row that is already written."""
    return f'{{"features":[{",".join(values)}]}}'.encode()


def _twice(first: list[str], second: list[str]) -> bytes:
    return f'{{"features":[{",".join(first)}],"features":[{",".join(second)}]}}'.encode()


def _key(key: str) -> Callable[[list[str]], bytes]:
    return lambda values: body_of(values).replace(b"features", key.encode())


TOLERABLE = REFUSED | {200}
BODIES = [
    BodyCase("a key twice, the second is right", lambda row: _twice(row[1:], row), TOLERABLE),
    BodyCase("a key twice, the first is right", lambda row: _twice(row, row[1:]), TOLERABLE),
    BodyCase("a key in capitals", _key("FEATURES"), REFUSED, "Keys are read whatever their case"),
    BodyCase("a key that is escaped", _key("\\u0066eatures"), TOLERABLE),
    BodyCase("a key with a NUL behind", _key("features\\u0000"), REFUSED),
    BodyCase("100,000 brackets", lambda row: b'{"features":' + b"[" * DEEP, REFUSED | {413}),
    BodyCase(
        "100,000 pairs of brackets", lambda row: b'{"features":' + b"[" * DEEP + b"]" * DEEP + b"}", REFUSED | {413}
    ),
    BodyCase("100,000 objects in another key", lambda row: b'{"note":' + b'{"a":' * DEEP, REFUSED | {413}),
    BodyCase("100,000 brackets alone", lambda row: b"[" * DEEP, REFUSED | {413}),
    BodyCase("a byte order mark", lambda row: b"\xef\xbb\xbf" + body_of(row), TOLERABLE),
    BodyCase("UTF-16", lambda row: body_of(row).decode().encode("utf-16"), TOLERABLE),
    BodyCase("a byte that is no UTF-8", lambda row: b'{"note":"\xff",' + body_of(row)[1:], TOLERABLE),
    BodyCase("half a surrogate", lambda row: b'{"note":"\\ud800",' + body_of(row)[1:], TOLERABLE),
    BodyCase("a NUL behind the JSON", lambda row: body_of(row) + b"\0", REFUSED),
    BodyCase("a NUL in the JSON", lambda row: body_of(row).replace(b"[", b"[\0"), REFUSED),
    BodyCase("a comma too many", lambda row: body_of(row).replace(b"]", b",]"), REFUSED),
    BodyCase("a comment", lambda row: body_of(row).replace(b"[", b"[/* */"), REFUSED),
    BodyCase("a second value behind", lambda row: body_of(row) + body_of(row), REFUSED),
    BodyCase("a million spaces in front", lambda row: b" " * 1_000_000 + body_of(row), frozenset({200})),
    BodyCase("a long note", lambda row: b'{"note":"%s",' % (b"x" * 1_000_000) + body_of(row)[1:], frozenset({200})),
    BodyCase("a row in a row", lambda row: b'{"features":[%s]}' % json.dumps(row).encode(), REFUSED),
]
