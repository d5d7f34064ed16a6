"""What is asked of an endpoint before it is measured: every golden answer, and nothing that could harm it."""

import json
from pathlib import Path
from typing import Any

from servebench.check.examination import Examination, read_lines
from servebench.check.parity import check_parity_at
from servebench.endpoint import EndpointDefinition
from servebench.paths import GOLDEN, PAYLOADS
from servebench.words import Contract


def examine_endpoint(endpoint: EndpointDefinition, health: dict[str, Any], model: Path) -> Examination:
    """Ask for every golden answer; `health` is what it said of itself when its package was described."""
    golden = [json.loads(line) for line in read_lines(model / GOLDEN)]
    parity = check_parity_at(endpoint.address, read_lines(model / PAYLOADS), golden)
    return Examination(Contract.MINIMAL, health, (), (), tuple(parity), len(golden))
