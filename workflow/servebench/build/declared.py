"""The systems that servers declare themselves, in `systems` of their server.yaml: they need no line in the config."""

from collections.abc import Mapping
from typing import Any

from servebench.build.server_manifest import SERVER_YAML, known_servers, load_server_manifest
from servebench.config import SystemDefinition
from servebench.errors import ServebenchError

CATALOGUE = "system_catalogue"


def systems_of_server(name: str) -> dict[str, SystemDefinition]:
    """The systems that one server declares."""
    declared = load_server_manifest(name).systems
    return {
        system: SystemDefinition.model_validate({"server": name, **options.model_dump()})
        for system, options in declared.items()
    }


def declared_systems() -> dict[str, SystemDefinition]:
    """The systems that all servers declare; raises ServebenchError where two declare the same name."""
    found: dict[str, SystemDefinition] = {}
    for server in known_servers():
        for system, definition in systems_of_server(server).items():
            if system in found:
                raise ServebenchError(
                    f"servers/{server}/{SERVER_YAML}: systems: '{system}' is one of servers/{found[system].server} "
                    "already: give it another name"
                )
            found[system] = definition
    return found


def with_declared_systems(raw: Any) -> Any:
    """A merged configuration with what the servers declare of the systems that it names; its own catalogue wins.

    Those that it does not name stay out of it, unless a name is unknown: then all are there to choose from.
    """
    catalogue = raw.get(CATALOGUE) if isinstance(raw, Mapping) else None
    if not isinstance(catalogue, Mapping):
        return raw
    missing = _named_systems(raw) - catalogue.keys()
    if not missing:
        return raw
    declared = declared_systems()
    added = missing if missing <= declared.keys() else declared.keys()
    found = {name: declared[name].model_dump(mode="json") for name in declared if name in added}
    return {**raw, CATALOGUE: {**found, **catalogue}}


def _named_systems(raw: Mapping[str, Any]) -> set[str]:
    """The systems of the study and of its further cells, as far as they are written as they should be."""
    groups = [raw, *_list(raw.get("also"))]
    named = [name for group in groups if isinstance(group, Mapping) for name in _list(group.get("systems"))]
    stand_ins = [name for group in groups if isinstance(group, Mapping) for name in _keys(group.get("stand_ins"))]
    return {name for name in [*named, *stand_ins] if isinstance(name, str)}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _keys(value: Any) -> list[Any]:
    return list(value) if isinstance(value, Mapping) else []
