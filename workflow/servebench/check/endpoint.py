"""What is asked of an endpoint before it is measured: every golden answer, and nothing that could harm it."""

from typing import Any

from servebench.check.examination import Examination, read_lines
from servebench.check.parity import check_parity_at
from servebench.endpoint import EndpointDefinition
from servebench.protocol.wire import Wire
from servebench.words import Contract


def examine_endpoint(endpoint: EndpointDefinition, health: dict[str, Any], wire: Wire) -> Examination:
    """Ask for every golden answer; `health` is what it said of itself when its package was described."""
    parity, golden = tuple(check_parity_at(endpoint.address, wire)), len(read_lines(wire.golden))
    return Examination(Contract.MINIMAL, health, (), (), parity, golden, endpoint.protocol)
