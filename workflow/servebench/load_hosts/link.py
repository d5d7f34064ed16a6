"""The network interface that a host's traffic goes through, and how full it was."""

import socket
import time
from dataclasses import dataclass

import psutil

BITS_A_BYTE = 8
BITS_A_MEGABIT = 1_000_000


@dataclass(frozen=True)
class LinkReading:
    """The bytes that an interface has received and sent so far, at a time on the monotonic clock."""

    interface: str
    at_s: float
    received_bytes: int
    sent_bytes: int


@dataclass(frozen=True)
class LinkUse:
    """What went over an interface, in Mbit/s; `share` is the busier direction over its speed, None where not known."""

    interface: str
    received_mbps: float
    sent_mbps: float
    share: float | None


def interface_of(address: str) -> str | None:
    """The interface that has an address of this host; None where none has."""
    for name, addresses in psutil.net_if_addrs().items():
        if any(entry.address == address for entry in addresses):
            return name
    return None


def interface_towards(host: str, port: int) -> str | None:
    """The interface by which this host reaches an address; nothing is sent. None where there is no way."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((host, port))
        except OSError:
            return None
        return interface_of(probe.getsockname()[0])


def read_link(interface: str | None) -> LinkReading | None:
    """Read an interface's counters; None where there is none, or it is gone."""
    at_s = time.monotonic()
    counters = None if interface is None else psutil.net_io_counters(pernic=True).get(interface)
    if interface is None or counters is None:
        return None
    return LinkReading(interface, at_s, counters.bytes_recv, counters.bytes_sent)


def speed_of(interface: str) -> int | None:
    """Its speed in Mbit/s; None where the kernel does not know it, as of most virtual ones."""
    found = psutil.net_if_stats().get(interface)
    return found.speed if found is not None and found.speed > 0 else None


def use_between(first: LinkReading | None, last: LinkReading | None, speed_mbps: int | None) -> LinkUse | None:
    """What went over an interface between two readings; None where one is missing."""
    if first is None or last is None or last.at_s <= first.at_s:
        return None
    seconds = last.at_s - first.at_s
    received, sent = (
        bytes_ * BITS_A_BYTE / seconds / BITS_A_MEGABIT
        for bytes_ in (last.received_bytes - first.received_bytes, last.sent_bytes - first.sent_bytes)
    )
    return LinkUse(last.interface, received, sent, max(received, sent) / speed_mbps if speed_mbps else None)
