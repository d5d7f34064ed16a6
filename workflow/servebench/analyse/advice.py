"""What to do about a cell's flags: each begins a clause that is known by its words."""

import re

from servebench.words import Advice

# In the order in which they are tried; a reader who has little time begins with the first.
_ADVICE: dict[str, Advice] = {
    r"^the generator's own CPU was": Advice.GENERATOR,
    r"^[\d,]+ errors \(": Advice.SERVER,
    r"connections had to be made again$": Advice.SERVER,
    r"connections had to be made again, one after each answer$": Advice.KEEP_ALIVE,
    r"^the server's own memory grew": Advice.SERVER,
    r"^Little's law is off": Advice.USERS,
    r"^the throughput of the repeats varies": Advice.REPEATS,
    r"^the throughput's interval is": Advice.REPEATS,
    r"^the throughput (rises|falls) by": Advice.WARM_UP,
    r"^the load average before the start": Advice.QUIET,
    r"^other processes used": Advice.QUIET,
    r"^the hypervisor took": Advice.QUIET,
    r"^\d+ of \d+ repeats (was|were) disturbed": Advice.QUIET,
    r"^\d+ windows? (was|were) made again: no steady state": Advice.WARM_UP,
    r"^\d+ windows? (was|were) made again": Advice.QUIET,
    r"^a quota of CPU held": Advice.QUOTA,
}


def advised(flags: str) -> list[tuple[Advice, str]]:
    """The flags of a cell, as its table has them, each with what to do about it."""
    found: list[tuple[Advice, str]] = []
    for clause in flags.split("; "):
        advice = advice_of(clause)
        if advice is not None:
            found.append((advice, clause))
        elif found:
            # A flag's own reason holds a semicolon.
            known, before = found[-1]
            found[-1] = (known, f"{before}; {clause}")
    return found


def advice_of(flag: str) -> Advice | None:
    """What to do about one flag; None where its words are none of ours."""
    return next((advice for pattern, advice in _ADVICE.items() if re.search(pattern, flag)), None)
