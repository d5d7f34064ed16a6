"""File descriptors: a server and its generator need one a connection."""

import resource

from servebench.errors import ServebenchError

# What a process opens besides its connections: files, libraries, pipes.
RESERVE = 256


def needed_descriptors(connections: int) -> int:
    """How many file descriptors a process with so many connections needs."""
    return connections + RESERVE


def raise_descriptor_limit(connections: int) -> None:
    """Let this process, and those that it starts, hold so many connections.

    Raises ServebenchError where the system does not let it.
    """
    needed = needed_descriptors(connections)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if _allows(soft, needed):
        return
    if not _allows(hard, needed):
        raise ServebenchError(
            f"{connections:,} connections need {needed:,} open files, {hard:,} are allowed here: raise the limit "
            f"(`ulimit -Hn {needed}` as root), or give fewer users"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def _allows(limit: int, needed: int) -> bool:
    return limit == resource.RLIM_INFINITY or limit >= needed
