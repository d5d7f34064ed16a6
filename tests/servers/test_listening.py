"""Where every system listens; those whose environment is heavy start here alone."""

from support.servers import deviates
from support.sockets import beyond_loopback, listeners

# What begins so declares a framework's own sockets, which it binds to no address that one could choose.
DECLARED = "Ray's own processes listen at every address"


def test_a_system_listens_at_loopback_alone(subject, package, note):
    pid = subject.server.process.pid
    found, beyond = listeners(pid), beyond_loopback(pid)
    assert found
    note(f"listens at {len(found)} sockets, {len(beyond)} of them beyond loopback")
    assert bool(beyond) == deviates(package, DECLARED), beyond
