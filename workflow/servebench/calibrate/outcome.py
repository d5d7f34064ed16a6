"""What a calibration says: single checks, each with what was expected, what was found and how far off it may be."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Check:
    """One figure that had to come out; `text` is the clause that a reader gets.

    `is_decided` is false where the measurement was too noisy to say.
    """

    name: str
    expected: float | None
    found: float | None
    tolerance: str
    passed: bool
    text: str
    is_decided: bool = True


def measured(checks: Sequence[Check], **more: Any) -> dict[str, Any]:
    """The part of a calibration's file that holds checks."""
    return {
        "status": "measured",
        "passed": all(check.passed for check in checks),
        "failed": sum(check.is_decided and not check.passed for check in checks),
        "checks": [asdict(check) for check in checks],
        **more,
    }


def not_measured(reason: str, remedy: str) -> dict[str, Any]:
    """The part of a calibration's file that says why there are none."""
    return {"status": "not measured", "reason": reason, "remedy": remedy}
