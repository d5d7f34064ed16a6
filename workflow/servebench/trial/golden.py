"""The last look before the load: a server that passed its check still gives golden answers."""

from itertools import islice
from pathlib import Path

from servebench.address import Address
from servebench.answers import is_right
from servebench.errors import ServebenchError
from servebench.protocol.wire import GoldenBody, Wire
from servebench.trial.ask import NO_ANSWER, ask, describe_no_answer

ANSWERS_BEFORE_TRIAL = 5


def ensure_golden(system: str, address: Address, folder: Path) -> None:
    """Ask for a few golden answers of a wire's folder; raises ServebenchError where one is wrong or does not come."""
    wire = Wire.read(folder)
    for asked in islice(wire.golden_bodies(), ANSWERS_BEFORE_TRIAL):
        complaint = _complaint(address, wire, asked)
        if complaint is not None:
            raise ServebenchError(
                f"system {system} passed its check but now {complaint} to a golden input at "
                f"{address.url}; was it changed? Delete its build folder and run again"
            )


def _complaint(address: Address, wire: Wire, asked: GoldenBody) -> str | None:
    """What came instead of a golden answer, as a clause; None where it came."""
    try:
        status, answer, _ = ask(address, wire.method, wire.path, asked.body.encode(), wire.headers)
    except NO_ANSWER as error:
        return f"gives no answer ({describe_no_answer(error)})"
    if status == 200 and is_right(answer, asked.golden):
        return None
    return f"answers {status} {answer[:100]!r}"
