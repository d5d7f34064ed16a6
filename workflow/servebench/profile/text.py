"""A profile in words: what it was made of, what it cost, and the dearest functions."""

from collections.abc import Sequence
from pathlib import Path

from servebench.load_point import parse_load_point
from servebench.paths import FLAME, FUNCTIONS
from servebench.profile.functions import FunctionShare
from servebench.profile.profiler import PROFILERS
from servebench.profile.record import ProfileRecord
from servebench.profile.stacks import shortened
from servebench.thresholds import SATURATED

DEAREST = 10
NAME_LETTERS = 64
PLACE_LETTERS = 46


def flame_title(record: ProfileRecord) -> str:
    """What the flame graph shows, in a line."""
    point = parse_load_point(record.load_point).label
    return (
        f"{record.system}, {record.model}, {point}: {record.throughput_rps:,.0f} requests/s, "
        f"{record.samples:,} samples by {record.profiler}"
    )


def profile_text(record: ProfileRecord, shares: Sequence[FunctionShare], folder: Path) -> str:
    """What `make profile` prints."""
    dearest = [_line(share) for share in shares[:DEAREST]]
    head = f"{'own':>6} {'total':>6}  function"
    files = [f"flame graph: {folder / FLAME}", f"functions:   {folder / FUNCTIONS}"]
    return "\n".join([load_text(record), *caveats(record), "", head, *dearest, "", *files])


def load_text(record: ProfileRecord) -> str:
    """At what throughput it was made, and what the profiler took of it."""
    return (
        f"{record.system}, {record.model}, {parse_load_point(record.load_point).label}: "
        f"{record.throughput_rps:,.0f} requests/s without {record.profiler} and "
        f"{record.profiled_throughput_rps:,.0f} with it ({change_text(record)}, in {len(record.slowdowns)} pairs of "
        f"windows of {record.window_s:g} s); the server used {record.server_cores:.2f} of its {_cpus(record)}"
    )


def change_text(record: ProfileRecord) -> str:
    """How the profiler changed the throughput: in the median pair, and in all of them."""
    least, most = min(record.slowdowns), max(record.slowdowns)
    return f"{-record.slowdown:+.1%}, {-most:+.1%} to {-least:+.1%}"


def _cpus(record: ProfileRecord) -> str:
    return "1 CPU" if record.cpus == 1 else f"{record.cpus} CPUs"


def caveats(record: ProfileRecord) -> list[str]:
    """What a reader of the profile must know, a line each."""
    lines = [f"{record.samples:,} samples by {record.profiler} {record.version}: {PROFILERS[record.profiler].note}"]
    if record.kernel_share is not None:
        lines.append(f"the kernel worked for it in {record.kernel_share:.0%} of them")
    if record.generator_utilization >= SATURATED:
        lines.append("the generator was the limit: this is no profile of the server at its capacity")
    elif record.server_cores < SATURATED * record.cpus:
        lines.append("the server's CPUs were not full: others used the machine, or a lock or one thread is its limit")
    return lines


def _line(share: FunctionShare) -> str:
    name = shortened(share.frame.short_name, NAME_LETTERS)
    return f"{share.own_share:>6.1%} {share.total_share:>6.1%}  {name} ({shortened(share.place, PLACE_LETTERS)})"
