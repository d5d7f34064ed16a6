"""The systems that no ranking has a place for: what each served at least, and the reasons, each said once."""

from collections.abc import Iterable
from dataclasses import dataclass

from servebench.report.format import listed


@dataclass(frozen=True)
class Unranked:
    """A system without a place, why, and what it served there at least, empty where it served nothing."""

    system: str
    reason: str
    served: str = ""

    @property
    def named(self) -> str:
        """Its name with what it served."""
        return f"`{self.system}` ({self.served})" if self.served else f"`{self.system}`"


def reasons_text(systems: Iterable[Unranked]) -> str:
    """The systems of each reason with it, such as ``a` and `b` (no compiler)`."""
    groups: dict[str, list[Unranked]] = {}
    for found in systems:
        groups.setdefault(found.reason, []).append(found)
    return "; ".join(_group_text(reason, group) for reason, group in groups.items())


def _group_text(reason: str, group: list[Unranked]) -> str:
    if len(group) == 1:
        served = f"{group[0].served}, " if group[0].served else ""
        return f"`{group[0].system}` ({served}{reason})"
    named = listed([found.named for found in group])
    if not any(found.served for found in group):
        return f"{named} ({reason})"
    return f"{named}, {'both' if len(group) == 2 else 'all'} {reason}"
