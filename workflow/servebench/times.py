"""The times of files, as far as they decide what Snakemake makes again."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path


def settle_times(made: Iterable[tuple[Sequence[Path], Sequence[Path]]]) -> None:
    """Let no output look older than an input; `made` are the inputs and outputs of jobs, in the order of their making.

    What is made after a clock was set back looks so: the next call would make it again, and delete raw trials for it.
    """
    for inputs, outputs in made:
        newest_ns = max((_written_ns(path) for path in inputs), default=0)
        for path in outputs:
            if 0 < _written_ns(path) < newest_ns:
                os.utime(path, ns=(newest_ns, newest_ns))


def _written_ns(path: Path) -> int:
    """When a file was written; 0 where there is none."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
