"""A trial's raw files: written whole or not at all, never rewritten."""

import csv
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from servebench.errors import ServebenchError
from servebench.files import ensure_writable, write_text
from servebench.generator.protocol import LoadResult, Second
from servebench.hashes import write_hashes
from servebench.histogram import histogram_of, new_histogram, write_hlog
from servebench.paths import GENERATOR_LOG, LATENCY, RESOURCES, RESULT, SERIES, SERVER_LOG
from servebench.trial.meter import ResourceSample
from servebench.trial.record import Attempt, TrialRecord

LOGS = (SERVER_LOG, GENERATOR_LOG)
# What the analysis reads: it takes them as they were measured, or not at all.
HASHED = (RESULT, LATENCY, SERIES, RESOURCES)
# More than the files of a trial have.
ROOM_BYTES = 2**20
# The largest latency of the good answers that ended in a second.
SLOWEST = "slowest_ms"
SERIES_HEADER = ("second", "requests", "errors", SLOWEST)
RESOURCES_HEADER = ("at_s", "cpu_s", "rss_mib", "threads", "processes")


@dataclass(frozen=True)
class RawTrial:
    """What one trial brought; `counted` and `samples` are empty where nothing was measured."""

    record: TrialRecord
    window_start_unix_s: float
    counted: LoadResult | None = None
    samples: Sequence[ResourceSample] = ()

    def with_attempts(self, attempts: list[Attempt]) -> "RawTrial":
        """The same trial, with the windows before that did not count."""
        return replace(self, record=self.record.model_copy(update={"attempts": attempts}))


@contextmanager
def partial_folder(folder: Path, failed_logs: Path) -> Iterator[Path]:
    """A scratch folder that becomes `folder` at the end; on an error only its logs stay, in `failed_logs`."""
    partial = folder.parent / f".{folder.name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
    except BaseException as error:
        try:
            if isinstance(error, ServebenchError):
                # A program that finds no room has none for its words either.
                ensure_writable(partial, ROOM_BYTES)
                raise ServebenchError(str(error).replace(str(partial), str(failed_logs))) from None
            raise
        finally:
            with suppress(OSError):
                _keep_logs(partial, failed_logs)
            shutil.rmtree(partial, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)


def remove_logs(folder: Path) -> None:
    """Remove the logs of an attempt before: those that are kept are of the last one."""
    for name in LOGS:
        (folder / name).unlink(missing_ok=True)


def write_raw(raw: RawTrial, folder: Path) -> None:
    """Write the raw files, then their hashes; a trial that was not measured has them without rows."""
    histogram = histogram_of(raw.counted.latencies_ns) if raw.counted else new_histogram()
    write_hlog(folder / LATENCY, histogram, raw.window_start_unix_s, raw.record.settings.duration_s)
    series = [_series_row(*numbered) for numbered in enumerate(raw.counted.series)] if raw.counted else []
    _write_csv(folder / SERIES, SERIES_HEADER, series)
    _write_csv(folder / RESOURCES, RESOURCES_HEADER, [_resource_row(s, raw.samples[0]) for s in raw.samples])
    for name in LOGS:
        (folder / name).touch()
    write_text(folder / RESULT, raw.record.model_dump_json(indent=2) + "\n")
    write_hashes(folder, HASHED)


def _series_row(second: int, counted: Second) -> tuple[Any, ...]:
    slowest_ms = "" if counted.slowest_ns is None else round(counted.slowest_ns / 1e6, 6)
    return (second, counted.good, counted.bad, slowest_ms)


def _resource_row(current: ResourceSample, first: ResourceSample) -> tuple[Any, ...]:
    return (
        round(current.at_s - first.at_s, 3),
        round(current.cpu_s - first.cpu_s, 6),
        round(current.rss_mib, 3),
        current.threads,
        current.processes,
    )


def _write_csv(path: Path, header: tuple[str, ...], rows: list[Any]) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(rows)


def _keep_logs(partial: Path, target: Path) -> None:
    """Keep the logs of a failed job where its message can point to."""
    for name in LOGS:
        if (partial / name).exists():
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy2(partial / name, target / name)
