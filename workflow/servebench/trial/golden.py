"""The last look before the load: a server that passed its check still gives golden answers."""

import json
from itertools import islice
from pathlib import Path

from servebench.address import Address
from servebench.answers import GOLDEN_STEP, answer_differs
from servebench.errors import ServebenchError
from servebench.paths import GOLDEN, PAYLOADS
from servebench.trial.ask import ask

ANSWERS_BEFORE_TRIAL = 5


def ensure_golden(system: str, address: Address, model: Path) -> None:
    """Ask for a few golden answers; raises ServebenchError where one is wrong."""
    with (model / PAYLOADS).open("rb") as bodies, (model / GOLDEN).open(encoding="utf-8") as golden:
        pairs = zip(islice(bodies, 0, None, GOLDEN_STEP), golden, strict=True)
        for line, text in islice(pairs, ANSWERS_BEFORE_TRIAL):
            status, answer, _ = ask(address, "POST", "/predict", line.strip(), {"Content-Type": "application/json"})
            if status != 200 or not _is_golden(answer, text):
                raise ServebenchError(
                    f"system {system} passed its check but now answers {status} {answer[:100]!r} to a golden input at "
                    f"{address.url}; was it changed? Delete its build folder and run again"
                )


def _is_golden(answer: bytes, expected: str) -> bool:
    try:
        return not answer_differs(json.loads(answer), json.loads(expected))
    except ValueError:
        return False
