"""What a calibration says: single criteria, each with what was expected, what was found and how far off it may be."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from servebench.words import CalibrationStatus


@dataclass(frozen=True)
class Criterion:
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


def measured(criteria: Sequence[Criterion], **more: Any) -> dict[str, Any]:
    """The part of a calibration's file that holds criteria; they are `checks` in the file."""
    return {
        "status": CalibrationStatus.MEASURED,
        "passed": all(criterion.passed for criterion in criteria),
        "failed": sum(criterion.is_decided and not criterion.passed for criterion in criteria),
        "checks": [asdict(criterion) for criterion in criteria],
        **more,
    }


def failures(outcome: dict[str, Any]) -> list[str]:
    """What of a part of a calibration is decided and wrong, as clauses."""
    return [check["text"] for check in outcome.get("checks", []) if check["is_decided"] and not check["passed"]]


def not_measured(reason: str, remedy: str) -> dict[str, Any]:
    """The part of a calibration's file that says why there are none."""
    return {"status": CalibrationStatus.NOT_MEASURED, "reason": reason, "remedy": remedy}
