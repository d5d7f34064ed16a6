"""What a builder is asked, and what it may answer."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servebench.build.server_manifest import ServerManifest
from servebench.config import SystemDefinition
from servebench.paths import SERVERS, onnx_folder
from servebench.words import BuildStatus, Inference

# What else there is for a model that an inference cannot take.
TAKES_EVERY_MODEL = (
    f"measure systems with inference {Inference.SKLEARN}, which takes it; `CONFIG=config/python.yaml` has several"
)


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
    def onnx(self) -> Path:
        """The folder of the model as ONNX."""
        return onnx_folder(self.model)

    @property
    def source(self) -> Path:
        """The server's sources."""
        return SERVERS / self.system.server


class Unavailable(Exception):
    """The system cannot be built on this machine, or not for this model; not an error of the study."""

    def __init__(self, reason: str, remedy: str, is_of_model: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy
        self.is_of_model = is_of_model

    @property
    def manifest(self) -> dict[str, Any]:
        """What a manifest says of it."""
        return {
            "status": BuildStatus.UNAVAILABLE,
            "reason": self.reason,
            "remedy": self.remedy,
            "is_of_model": self.is_of_model,
        }
