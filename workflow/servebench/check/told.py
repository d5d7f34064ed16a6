"""What `make check-server` prints of an examination: each case as it is answered, and the sum of all."""

from collections.abc import Sequence
from pathlib import Path

from servebench.check.contract import Failure
from servebench.check.examination import CaseResult, Examination
from servebench.protocol.description import SERVEBENCH
from servebench.words import CaseWord, Contract

# Of a case on the terminal, in letters.
LONGEST = 150
# More cases that a minimal contract does not promise are one line.
MOST_NOT_PROMISED = 3


def tell_case(result: CaseResult) -> None:
    """Print what became of a case; what a minimal contract does not promise is told together at the end."""
    if result.word is not CaseWord.NOT_PROMISED:
        print(_line(result.word, str(result.failure or result.case.name)), flush=True)


def tell_rest(found: Examination, log: Path) -> None:
    """Print what fails beside the cases, and what is not promised, which the log holds in full."""
    is_minimal = found.contract is Contract.MINIMAL
    health = [] if is_minimal else found.health_failures
    for failure in [*health, *found.parity, *found.imprecise]:
        print(_line(CaseWord.FAILED, str(failure)), flush=True)
    not_promised = found.failures_of_contract if is_minimal else []
    log.write_text("".join(f"{failure}\n" for failure in not_promised), encoding="utf-8")
    for line in _not_promised(not_promised, log):
        print(line, flush=True)


def _not_promised(failures: Sequence[Failure], log: Path) -> list[str]:
    """A line each where they are few, else one for all of them."""
    if len(failures) <= MOST_NOT_PROMISED:
        return [_line(CaseWord.NOT_PROMISED, str(failure)) for failure in failures]
    return [f"  {CaseWord.NOT_PROMISED} by its minimal contract: {len(failures)} cases, all of them in {log}"]


def _line(word: CaseWord, text: str) -> str:
    return f"  {word:8} {text[:LONGEST]}"


def summary(system: str, found: Examination) -> str:
    """How many cases became what, and whether that is enough."""
    counts = ", ".join(f"{len(found.cases(word))} {word}" for word in _words(found))
    answers = "golden answers wrong" if found.parity else f"{found.golden_answers:,} golden answers right"
    outcome = "would not be measured" if found.failures else "can be measured"
    if not found.failures and found.failures_of_contract:
        outcome += ": what its minimal contract does not promise stands in the report"
    if found.protocol != SERVEBENCH:
        outcome += f"; by the protocol {found.protocol} the contract's cases have no meaning"
    precision = "" if found.float32 is None else f", {found.float32.describe()}"
    return f"{system}: {counts}; {answers}{precision}: {outcome}"


def _words(found: Examination) -> list[CaseWord]:
    """What a case can become by its contract."""
    if found.contract is Contract.MINIMAL:
        return [CaseWord.PASSED, CaseWord.NOT_PROMISED]
    return [CaseWord.PASSED, CaseWord.FAILED, CaseWord.EXCUSED]
