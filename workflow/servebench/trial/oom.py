"""Whether the kernel killed processes for want of memory: the machine's, or that which a cgroup allows."""

from pathlib import Path

VMSTAT = Path("/proc/vmstat")
_NAME = "oom_kill"


def read_oom_kills(vmstat: Path = VMSTAT) -> int | None:
    """How many processes the kernel killed so far, in any cgroup; None where it is not told."""
    try:
        figures = dict(line.split() for line in vmstat.read_text(encoding="ascii").splitlines())
    except (OSError, ValueError):
        return None
    return int(figures[_NAME]) if _NAME in figures else None


def describe_oom(before: int | None, after: int | None, limit_mib: float | None) -> str:
    """A clause where the kernel killed one meanwhile, with the limit if there is one; else nothing."""
    if before is None or after is None or after <= before:
        return ""
    limit = "" if limit_mib is None else f" (a limit of {limit_mib:,.0f} MiB)"
    return f": the kernel killed a process for want of memory{limit}"
