"""A system of a study that is built, for what starts it outside of a trial; what is missing is one line."""

from typing import Any

from servebench.config_words import suggest
from servebench.errors import ServebenchError
from servebench.files import read_json
from servebench.paths import MANIFEST, StudyPaths
from servebench.words import BuildStatus


def ensure_known(paths: StudyPaths, kind: str, name: str, known: list[str]) -> None:
    """Raise ServebenchError where a study has no model, or system, of that name."""
    if name not in known:
        raise ServebenchError(f"study '{paths.root.name}' has no {kind} '{name}'{suggest(name, known)}")


def built_manifest(paths: StudyPaths, model: str, system: str) -> dict[str, Any]:
    """What a system's package says of itself; raises ServebenchError where there is none."""
    path = paths.build(model, system) / MANIFEST
    if not path.exists():
        study = paths.root.name
        raise ServebenchError(f"{path} does not exist: run `make STUDY={study}` first, which builds {system}")
    manifest: dict[str, Any] = read_json(path)
    if manifest["status"] != BuildStatus.BUILT:
        raise ServebenchError(f"system {system} could not be built: {manifest['reason']}: {manifest['remedy']}")
    return manifest
