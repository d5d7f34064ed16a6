"""The times of files, as far as they decide what Snakemake makes again."""

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from servebench.paths import GOLDEN, MANIFEST, MODEL, PAYLOADS, RESULT, StudyPaths

# What jobs are given, by its place in a study; the raw trials are given to the tables only, and are many.
GIVEN = (
    *(f"models/*/{name}" for name in (MANIFEST, MODEL, PAYLOADS, GOLDEN)),
    *(f"models/*/*/{name}" for name in (MANIFEST, MODEL, PAYLOADS, GOLDEN)),
    *(f"{place}/{MANIFEST}" for place in ("wire/*/*", "wire/*/*/*", "build/*/*", "generators/*")),
    *("check/*/*.json", "check/*/*/*.json", "precompiled/*.json", "calibration/*.json", "config.yaml"),
    *("calibration/*/*.json", "blocks/*/*.json"),
    *("tables/*.csv", "plots/*.svg"),
)
TRIALS = (f"trials/*/*/*/*/*/{RESULT}",)
# Other hosts' clocks may be ahead a little.
AHEAD_S = 10.0
# The kernel stamps files by a clock that is some milliseconds behind.
BEHIND_S = 1.0


def settle_times(paths: StudyPaths, has_trials: bool) -> None:
    """Let nothing that a study's jobs are given look as if it were made in the future: a clock was set back since.

    What is made of it now would look older, and Snakemake takes that for a failure, and deletes it.
    """
    now_s = time.time()
    for path in _given(paths, has_trials):
        # Other jobs run beside this one, and Snakemake removes what they make anew.
        with suppress(FileNotFoundError):
            if path.stat().st_mtime > now_s + AHEAD_S:
                os.utime(path, (now_s - BEHIND_S, now_s - BEHIND_S))


def _given(paths: StudyPaths, has_trials: bool) -> Iterable[Path]:
    for pattern in (*GIVEN, *(TRIALS if has_trials else ())):
        yield from paths.root.glob(pattern)
