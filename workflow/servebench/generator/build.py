"""Building one generator: a folder with what it needs, and a manifest that says so or why not."""

from pathlib import Path
from typing import Any

from servebench.build.request import Unavailable
from servebench.config import GeneratorDefinition
from servebench.files import write_json
from servebench.generator.registry import GENERATORS
from servebench.hashes import files_of, forget_hashes, write_hashes
from servebench.paths import MANIFEST
from servebench.words import BuildStatus


def build_generator(name: str, definition: GeneratorDefinition, folder: Path, cache: Path) -> dict[str, Any]:
    """Build a generator; writes and returns manifest.json, whose status is `built` or `unavailable`."""
    folder.mkdir(parents=True, exist_ok=True)
    forget_hashes(folder)
    manifest: dict[str, Any] = {"generator": name, "kind": definition.kind}
    try:
        manifest |= {"status": BuildStatus.BUILT, "versions": GENERATORS[definition.kind].build(folder, cache)}
    except Unavailable as reason:
        manifest |= {"status": BuildStatus.UNAVAILABLE, "reason": reason.reason, "remedy": reason.remedy}
    write_json(folder / MANIFEST, manifest)
    write_hashes(folder, files_of(folder))
    return manifest
