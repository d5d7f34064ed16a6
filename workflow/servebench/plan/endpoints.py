"""Which endpoints answer nobody now: told with the plan, before anybody waits for builds and calibration."""

import socket

from servebench.address import Address
from servebench.config import Config
from servebench.endpoint import EndpointDefinition

PATIENCE_S = 1.0


def silent_endpoints(config: Config) -> list[str]:
    """A line of each one that accepts no connection; it may be started yet, before its check."""
    systems = {name: config.system_catalogue[name] for name in config.every_system}
    endpoints = {name: system for name, system in systems.items() if isinstance(system, EndpointDefinition)}
    return [
        f"endpoint   {name} does not answer at {system.url} ({why}): start it now, or it is not measured"
        for name, system in endpoints.items()
        if (why := _why_silent(system.address)) is not None
    ]


def _why_silent(address: Address) -> str | None:
    """What a connection meets; None where it is accepted."""
    try:
        socket.create_connection((address.host, address.port), timeout=PATIENCE_S).close()
    except OSError as error:
        return (error.strerror or str(error)).lower()
    return None
