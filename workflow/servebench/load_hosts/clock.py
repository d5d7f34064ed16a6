"""Another host's monotonic clock against ours: where it stands, and how far that may be off."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Ping:
    """One question for a host's clock: when it was sent and its answer came (our clock), and what its clock said."""

    sent_ns: int
    told_ns: int
    received_ns: int

    @property
    def round_trip_ns(self) -> int:
        """How long question and answer took."""
        return self.received_ns - self.sent_ns


@dataclass(frozen=True)
class HostClock:
    """How far a host's clock is ahead of ours, by the ping with the shortest round trip."""

    ahead_ns: int
    round_trip_ns: int

    @classmethod
    def of(cls, pings: Sequence[Ping]) -> "HostClock":
        """From at least one ping: its clock was read in the middle of the round trip, or at most half of it off."""
        best = min(pings, key=lambda ping: ping.round_trip_ns)
        return cls(best.told_ns - (best.sent_ns + best.received_ns) // 2, best.round_trip_ns)

    @property
    def error_bound_ns(self) -> float:
        """Its reading lies between question and answer: it is at most half the round trip off."""
        return self.round_trip_ns / 2

    def there_ns(self, here_ns: int) -> int:
        """A time of our clock in the host's."""
        return here_ns + self.ahead_ns
