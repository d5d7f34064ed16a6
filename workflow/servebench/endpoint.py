"""A system of the config that already runs at a URL: it is measured, and never started or ended."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from servebench.address import Address
from servebench.protocol.description import SERVEBENCH, ProtocolName
from servebench.texts import Line
from servebench.words import RowsPerRequest

# What makes a system an endpoint, and what has a meaning only where we start the server.
ENDPOINT_KEYS = ("url", "pid", "container")
SERVER_KEYS = ("server", "inference", "workers", "threads", "cores")


class EndpointDefinition(BaseModel):
    """A system that already runs at a URL."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    url: Line = Field(description="where it answers; a path in it stands before the protocol's paths")
    protocol: ProtocolName = Field(SERVEBENCH, description="how it is asked, a name in servers/protocols/")
    rows: RowsPerRequest = Field(
        RowsPerRequest.ONE, description="`many`: it also takes several rows a request, as its protocol has them"
    )
    pid: Annotated[int, Field(ge=1)] | None = Field(
        None, description="the process that it is metered by, with all its children"
    )
    container: Line | None = Field(
        None, description="the cgroup that it is metered by, such as /sys/fs/cgroup/system.slice/docker-0123.scope"
    )

    @model_validator(mode="before")
    @classmethod
    def _is_not_started_too(cls, value: Any) -> Any:
        """What runs already is given no workers: the keys of the other kind have no meaning."""
        mixed = [key for key in SERVER_KEYS if isinstance(value, Mapping) and value.get(key) is not None]
        if mixed:
            raise ValueError(
                f"give either url, or server with its options, not url with {', '.join(mixed)}: what runs already is "
                "not started"
            )
        return value

    @field_validator("url")
    @classmethod
    def _url_is_one(cls, value: str) -> str:
        Address.parse(value)
        return value

    @field_validator("container")
    @classmethod
    def _container_is_a_folder(cls, value: str | None) -> str | None:
        path = PurePosixPath(value or "/")
        if not path.is_absolute() or ".." in path.parts:
            raise ValueError(f"'{value}' must be the folder of a cgroup, such as /sys/fs/cgroup/system.slice/x.scope")
        return value

    @model_validator(mode="after")
    def _one_meter(self) -> "EndpointDefinition":
        if self.pid is not None and self.container is not None:
            raise ValueError("give either pid or container: it is metered by one of them")
        return self

    @property
    def address(self) -> Address:
        """Where it answers."""
        return Address.parse(self.url)

    @property
    def cores(self) -> int | None:
        """Its CPUs are not ours to give."""
        return None

    @property
    def meter(self) -> str | None:
        """What it is metered by, in words; None where it is not."""
        if self.pid is not None:
            return f"process {self.pid}"
        return None if self.container is None else f"container {self.container}"

    @property
    def metered(self) -> str:
        """Whether it is metered, and by what."""
        return "not metered" if self.meter is None else f"metered by {self.meter}"


def is_endpoint(value: Any) -> bool:
    """Whether an entry of the catalogue, as written or read, is an endpoint."""
    is_written = isinstance(value, Mapping) and any(key in value for key in ENDPOINT_KEYS)
    return is_written or isinstance(value, EndpointDefinition)
