"""What is locked: every package of every lock, with the locks that name it."""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

PYTHON_LOCKS = ("envs/*.lock", "servers/*/requirements.lock")
NPM_LOCKS = ("servers/*/package-lock.json",)
CARGO_LOCKS = ("servers/*/Cargo.lock",)
_PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)
_INSIDE_NPM = "node_modules/"


@dataclass(frozen=True, order=True)
class Package:
    """One version of a package; `origin` is the registry that it comes from, in a word."""

    name: str
    version: str
    origin: str

    @property
    def label(self) -> str:
        """As people write it."""
        return f"{self.name} {self.version}"


@dataclass(frozen=True)
class Locked:
    """A package with the locks that name it; `licence` is what the lock itself says of it, None where it says none."""

    package: Package
    locks: tuple[str, ...]
    licence: str | None = None


def locked_packages(root: Path) -> list[Locked]:
    """All of a checkout, in the order of their names."""
    found: dict[Package, tuple[set[str], str | None]] = {}
    for lock, package, licence in _every(root):
        locks, told = found.setdefault(package, (set(), licence))
        found[package] = (locks | {lock}, told or licence)
    return [Locked(package, tuple(sorted(locks)), licence) for package, (locks, licence) in sorted(found.items())]


def _every(root: Path) -> Iterator[tuple[str, Package, str | None]]:
    for path in _paths(root, PYTHON_LOCKS):
        for name, version in _PINNED.findall(path.read_text(encoding="utf-8")):
            yield _place(path, root), Package(canonical(name), version, "PyPI"), None
    for path in _paths(root, NPM_LOCKS):
        for place, entry in json.loads(path.read_text(encoding="utf-8"))["packages"].items():
            if place:
                name = place.rpartition(_INSIDE_NPM)[2]
                yield _place(path, root), Package(name, entry["version"], "npm"), entry.get("license")
    for path in _paths(root, CARGO_LOCKS):
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["package"]:
            # Without a source it is our own.
            if "source" in entry:
                yield _place(path, root), Package(entry["name"], entry["version"], "crates.io"), None


def canonical(name: str) -> str:
    """A Python package's name as its registry compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _paths(root: Path, patterns: Iterable[str]) -> list[Path]:
    return sorted(path for pattern in patterns for path in root.glob(pattern))


def _place(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()
