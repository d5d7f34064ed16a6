"""What every record says of its trial, and the record of a trial without a window."""

import time
from datetime import UTC, datetime
from typing import Any

from servebench.machine import read_machine
from servebench.trial.record import TrialRecord
from servebench.trial.request import TrialRequest
from servebench.trial.search import Search
from servebench.trial.store import RawTrial
from servebench.words import Outcome


def identity(request: TrialRequest, started_unix_s: float) -> dict[str, Any]:
    """Which trial it is, with what it was asked, and when it started."""
    return {
        "study": request.study,
        "campaign": request.campaign,
        "key": request.key,
        "settings": request.settings,
        "started_at": datetime.fromtimestamp(started_unix_s, UTC).isoformat(timespec="milliseconds"),
        "started_unix_s": started_unix_s,
        "look": request.look,
        "lost_on": list(request.lost_on),
    }


def without_load(
    request: TrialRequest, outcome: Outcome, reason: str, remedy: str | None, search: Search | None = None
) -> RawTrial:
    """A trial that has no window, and why."""
    now = time.time()
    record = TrialRecord(
        **identity(request, now),
        outcome=outcome,
        reason=reason,
        remedy=remedy,
        machine=read_machine(),
        search=search,
    )
    return RawTrial(record, now)
