"""A trial's raw files, read: the record, the good answers of each second, the histogram of latencies."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hdrh.codec import HdrLengthException
from hdrh.histogram import HdrHistogram

from servebench.errors import ServebenchError
from servebench.hashes import refuse_changed
from servebench.histogram import read_hlog
from servebench.paths import LATENCY, SERIES
from servebench.trial.record import TrialRecord, read_record
from servebench.trial.store import SLOWEST
from servebench.words import Outcome

REMEDY = "delete its folder and run again to measure this trial anew"


@dataclass(frozen=True)
class RawTrial:
    """One trial's folder and record."""

    folder: Path
    record: TrialRecord

    @property
    def cell(self) -> tuple[str, str, str, str]:
        """Model, system, generator and load point."""
        return self.record.key.cell

    @property
    def is_measured(self) -> bool:
        """Whether it was measured to its end."""
        return self.record.outcome is Outcome.MEASURED

    def good_answers(self) -> list[int]:
        """Good answers of each second of the window; empty where the generator does not tell them."""
        _, rows = _series(self.folder)
        try:
            return [int(row[1]) for row in rows]
        except (IndexError, ValueError):
            raise _is_cut(self.folder) from None

    def slowest_ms(self) -> list[float] | None:
        """The largest latency of each second of the window that has a good answer; None where it is not told."""
        return read_slowest_ms(self.folder)

    def latencies(self) -> HdrHistogram:
        """The latencies of its good answers; raises ServebenchError where they cannot be read or are not there."""
        found = read_latencies(self.folder)
        if self.record.load is not None and self.record.load.requests and not found.get_total_count():
            raise ServebenchError(f"{self.folder / LATENCY} is cut: {REMEDY}")
        return found


def read_trials(results: Sequence[Path]) -> list[RawTrial]:
    """The trials of these result.json files; raises ServebenchError, with the remedy, where one cannot be read.

    One that was edited or cut since it was measured is not used, and left as it is.
    """
    return [_read_trial(path) for path in results]


def _read_trial(result: Path) -> RawTrial:
    refuse_changed(result.parent, f"put it back, or {REMEDY}")
    return RawTrial(result.parent, read_record(result))


def read_latencies(folder: Path) -> HdrHistogram:
    """The latencies of a trial's good answers; raises ServebenchError, with the remedy, where they cannot be read."""
    path = folder / LATENCY
    try:
        return read_hlog(path)
    except FileNotFoundError:
        raise ServebenchError(f"{path} is missing: {REMEDY}") from None
    except (HdrLengthException, ValueError, IndexError, zlib.error):
        raise ServebenchError(f"{path} is cut: {REMEDY}") from None


def read_slowest_ms(folder: Path) -> list[float] | None:
    """The largest latency of each second of a trial that has a good answer; None where it is not told."""
    header, rows = _series(folder)
    if SLOWEST not in header or not rows:
        return None
    column = header.index(SLOWEST)
    try:
        return [float(row[column]) for row in rows if row[column]]
    except (IndexError, ValueError):
        raise _is_cut(folder) from None


def _series(folder: Path) -> tuple[list[str], list[list[str]]]:
    """The header and the rows of a trial's seconds; empty where there are none."""
    path = folder / SERIES
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    header, *rows = [line.split(",") for line in lines] or [[]]
    return header, rows


def _is_cut(folder: Path) -> ServebenchError:
    return ServebenchError(f"{folder / SERIES} is cut: {REMEDY}")
