"""What goes over the wire, rendered before any load: a folder with a body a line, golden answers and a manifest."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from servebench.answers import GOLDEN_STEP
from servebench.files import read_json, sha256_file, write_json, write_text
from servebench.hashes import forget_hashes, write_hashes
from servebench.paths import GOLDEN, MANIFEST, PAYLOADS
from servebench.protocol.description import Protocol
from servebench.words import BuildStatus

WHOLE_ANSWER = ""


@dataclass(frozen=True)
class Wire:
    """How each body of a folder is sent; `bodies` is how many there are, each of so many rows."""

    protocol: str
    rows: int
    method: str
    path: str
    headers: Mapping[str, str]
    bodies: int
    payloads: Path
    golden: Path

    @classmethod
    def read(cls, folder: Path) -> "Wire":
        """The wire in a folder."""
        manifest = read_json(folder / MANIFEST)
        return cls(
            manifest["protocol"],
            manifest["rows"],
            manifest["method"],
            manifest["path"],
            manifest["headers"],
            manifest["bodies"],
            folder / PAYLOADS,
            folder / GOLDEN,
        )

    def golden_bodies(self) -> Iterator["GoldenBody"]:
        """Every body that has a golden answer, with it."""
        with self.payloads.open(encoding="utf-8") as bodies, self.golden.open(encoding="utf-8") as golden:
            for body, text in zip(islice(bodies, 0, None, GOLDEN_STEP), golden, strict=True):
                yield GoldenBody(body.strip(), json.loads(text))


@dataclass(frozen=True)
class GoldenBody:
    """A body, and what stands in its answer at which JSON pointer."""

    body: str
    golden: dict[str, Any]


def whole_answer(answer: str) -> str:
    """A golden line of which the answer, as JSON, is the whole."""
    return f'{{"{WHOLE_ANSWER}": {answer}}}'


def wire_facts(name: str, protocol: Protocol, rows: int) -> dict[str, Any]:
    """What a wire's manifest says of its protocol."""
    return {"protocol": name, "rows": rows, **protocol.model_dump(include={"method", "path", "headers"})}


def write_wire(folder: Path, facts: Mapping[str, Any], bodies: Sequence[str], golden: Sequence[str]) -> None:
    """Write a wire's folder, the manifest last."""
    forget_hashes(folder)
    write_text(folder / PAYLOADS, "".join(body + "\n" for body in bodies))
    write_text(folder / GOLDEN, "".join(line + "\n" for line in golden))
    _write_manifest(folder, {"status": BuildStatus.BUILT, **facts, "bodies": len(bodies)})


def write_unavailable(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write the folder of a wire that cannot be, with the reason and the remedy in its manifest."""
    forget_hashes(folder)
    write_text(folder / PAYLOADS, "")
    write_text(folder / GOLDEN, "")
    _write_manifest(folder, manifest)


def _write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    hashes = {name: sha256_file(folder / name) for name in (PAYLOADS, GOLDEN)}
    write_json(folder / MANIFEST, {**manifest, "sha256": hashes})
    write_hashes(folder, (MANIFEST, PAYLOADS, GOLDEN))
