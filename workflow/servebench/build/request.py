"""What a builder is asked, and what it may answer."""

from dataclasses import dataclass
from pathlib import Path

from servebench.build.server_manifest import ServerManifest
from servebench.config import SystemDefinition
from servebench.paths import SERVERS


@dataclass(frozen=True)
class BuildRequest:
    """One system to package: its definition, the model's folders, where to put it, where to keep caches."""

    system: SystemDefinition
    manifest: ServerManifest
    model: Path
    compiled: Path
    folder: Path
    cache: Path

    @property
    def source(self) -> Path:
        """The server's sources."""
        return SERVERS / self.system.server


class Unavailable(Exception):
    """The system cannot be built on this machine; not an error of the study."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy
