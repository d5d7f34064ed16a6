"""The last look before the load: a server that passed its check still gives golden answers."""

import json
from itertools import islice
from pathlib import Path

from servebench.answers import GOLDEN_STEP, answer_differs
from servebench.errors import ServebenchError
from servebench.paths import GOLDEN, PAYLOADS
from servebench.trial.server import request

ANSWERS_BEFORE_TRIAL = 5


def ensure_golden(system: str, port: int, model: Path) -> None:
    """Ask for a few golden answers; raises ServebenchError where one is wrong."""
    with (model / PAYLOADS).open("rb") as bodies, (model / GOLDEN).open(encoding="utf-8") as golden:
        pairs = zip(islice(bodies, 0, None, GOLDEN_STEP), golden, strict=True)
        for line, text in islice(pairs, ANSWERS_BEFORE_TRIAL):
            status, answer, _ = request(port, "POST", "/predict", line.strip(), {"Content-Type": "application/json"})
            if status != 200 or answer_differs(json.loads(answer), json.loads(text)):
                raise ServebenchError(
                    f"system {system} passed its check but now answers {status} {answer[:100]!r} "
                    "to a golden input; was its package changed by hand? Delete its build folder and run again"
                )
