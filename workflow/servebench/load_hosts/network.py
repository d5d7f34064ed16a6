"""From which hosts load is sent, how they are reached, and where servers listen for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from servebench.config import LOOPBACK, SSH


class _Settings(Protocol):
    """What says so: a study's configuration, or a trial's settings."""

    @property
    def load_hosts(self) -> Sequence[str]: ...
    @property
    def load_host_command(self) -> Sequence[str]: ...
    @property
    def server_address(self) -> str: ...


@dataclass(frozen=True)
class LoadNetwork:
    """Without `hosts` this machine sends the load; `command` starts what follows it on one, whose name is `{host}`."""

    hosts: Sequence[str] = ()
    command: Sequence[str] = tuple(SSH)
    server_address: str = LOOPBACK

    @classmethod
    def of(cls, settings: _Settings) -> "LoadNetwork":
        """As a configuration or a trial's settings say."""
        return cls(settings.load_hosts, settings.load_host_command, settings.server_address)

    def as_params(self) -> dict[str, Any] | None:
        """Plain values for a rule's params; None where this machine sends the load."""
        if not self.hosts:
            return None
        return {"hosts": [*self.hosts], "command": [*self.command], "server_address": self.server_address}

    @classmethod
    def from_params(cls, params: Mapping[str, Any] | None) -> "LoadNetwork":
        """From a rule's params."""
        return cls() if params is None else cls(**params)
