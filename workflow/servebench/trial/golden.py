"""The last look before the load: a server that passed its check still gives golden answers."""

from itertools import islice
from pathlib import Path

from servebench.address import Address
from servebench.answers import is_right
from servebench.errors import ServebenchError
from servebench.protocol.wire import Wire
from servebench.trial.ask import ask

ANSWERS_BEFORE_TRIAL = 5


def ensure_golden(system: str, address: Address, folder: Path) -> None:
    """Ask for a few golden answers of a wire's folder; raises ServebenchError where one is wrong."""
    wire = Wire.read(folder)
    for asked in islice(wire.golden_bodies(), ANSWERS_BEFORE_TRIAL):
        status, answer, _ = ask(address, wire.method, wire.path, asked.body.encode(), wire.headers)
        if status != 200 or not is_right(answer, asked.golden):
            raise ServebenchError(
                f"system {system} passed its check but now answers {status} {answer[:100]!r} to a golden input at "
                f"{address.url}; was it changed? Delete its build folder and run again"
            )
