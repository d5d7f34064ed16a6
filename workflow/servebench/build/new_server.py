"""`make new-server`: a folder of one's own, begun as a copy of another server."""

import re
import shutil
from pathlib import Path

from servebench.build.declared import declared_systems
from servebench.build.server_manifest import SERVER_YAML, ServerManifest, known_servers, load_server_manifest
from servebench.build.sources import source_files
from servebench.config import Config
from servebench.config_words import suggest
from servebench.errors import ServebenchError
from servebench.paths import SERVERS
from servebench.texts import require_name
from servebench.words import Inference


def new_server(name: str, like: str, config: Config) -> Path:
    """Copy a server's folder under a new name, with systems of that name; returns the folder."""
    require_name("NAME", name)
    if like not in known_servers():
        raise ServebenchError(f"no server '{like}' in servers/{suggest(like, known_servers())}")
    folder = SERVERS / name
    if folder.exists():
        raise ServebenchError(f"servers/{name} exists already: choose another NAME, or delete it")
    systems = systems_like(load_server_manifest(like), name)
    taken = sorted(systems.keys() & (config.system_catalogue.keys() | declared_systems().keys()))
    if taken:
        raise ServebenchError(f"there is a system '{taken[0]}' already: choose another NAME")
    _copy(SERVERS / like, folder)
    manifest = folder / SERVER_YAML
    manifest.write_text(renamed(manifest.read_text(encoding="utf-8"), name, like, systems), encoding="utf-8")
    return folder


def systems_like(manifest: ServerManifest, name: str) -> dict[str, str]:
    """One system for each way of asking the model, the first by the server's name: their lines in server.yaml."""
    amount = "cores" if manifest.most_parallel > 1 else "1"
    return {
        _system_name(name, inference, manifest): f"{{inference: {inference}, {manifest.parallelism}: {amount}}}"
        for inference in manifest.inference
    }


def _system_name(name: str, inference: Inference, manifest: ServerManifest) -> str:
    return name if inference is manifest.inference[0] else f"{name}-{inference}"


def renamed(text: str, name: str, like: str, systems: dict[str, str]) -> str:
    """The text of a server.yaml with another title and other systems, and all else as it is."""
    without = re.sub(r"^systems:.*\n(?:[ \t]+.*\n|\n)*", "", text, flags=re.MULTILINE)
    titled = re.sub(r"^title:.*$", f"title: {name}, begun as a copy of {like}", without, count=1, flags=re.MULTILINE)
    lines = [f"  {system}: {options}" for system, options in systems.items()]
    return "\n".join([titled.rstrip(), "systems:", *lines, ""])


def _copy(source: Path, folder: Path) -> None:
    for path in source_files(source):
        copy = folder / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, copy)
