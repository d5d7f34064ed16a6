"""The files of a server: its own, and those that its server.yaml shares with another."""

import shutil
from pathlib import Path

from servebench.build.server_manifest import SERVER_YAML, ServerManifest
from servebench.errors import ServebenchError
from servebench.paths import SERVERS

# What tools leave beside sources; what begins with a dot is left out too.
LEFT_BY_TOOLS = {"__pycache__", "node_modules", "target"}


def source_files(source: Path) -> list[Path]:
    """Every file of a folder but what tools leave there; of a file itself."""
    if source.is_file():
        return [source]
    return sorted(path for path in source.rglob("*") if path.is_file() and not _is_left(path.relative_to(source)))


def _is_left(path: Path) -> bool:
    return any(part.startswith(".") or part in LEFT_BY_TOOLS for part in path.parts)


def shared_files(name: str, manifest: ServerManifest) -> list[Path]:
    """The files that a server shares with others; raises ServebenchError where one is not there."""
    return [path for entry in manifest.shares for path in source_files(_shared(name, entry))]


def _shared(name: str, entry: str) -> Path:
    path = (SERVERS / entry).resolve()
    if not path.is_relative_to(SERVERS) or not path.exists():
        raise ServebenchError(
            f"servers/{name}/{SERVER_YAML}: shares: there is no servers/{entry}: name a file or a folder there"
        )
    return path


def copy_sources(name: str, manifest: ServerManifest, source: Path, package: Path) -> None:
    """Put a server's files into its package: what it shares first, so that its own win."""
    for origin in [*(_shared(name, entry) for entry in manifest.shares), source]:
        root = origin if origin.is_dir() else origin.parent
        for path in source_files(origin):
            if path.name == SERVER_YAML:
                continue
            copy = package / path.relative_to(root)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, copy)
