"""`make clean`: removes what builds and tests left, and never a study that has a trial."""

import shutil
import time
from pathlib import Path

from servebench.campaign import study_holder
from servebench.errors import ServebenchError
from servebench.files import scratch_folder
from servebench.paths import CACHE, RESULT, RESULTS, StudyPaths
from servebench.studies import study_folders

LEFT = (".snakemake", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis")
# What a call works in is younger: only one that was killed leaves it.
SCRATCH_AGE_S = 86_400.0


def clean(root: Path) -> list[str]:
    """Remove it; one line for each thing that is gone. Raises ServebenchError while somebody works on a study."""
    for folder in sorted(path for path in (root / RESULTS).glob("*") if path.is_dir()):
        holder = study_holder(StudyPaths(folder))
        if holder is not None:
            raise ServebenchError(f"process {holder} works on study '{folder.name}': wait for it, then clean")
    return [_removed(path, root) for path in _leftovers(root)]


def _leftovers(root: Path) -> list[Path]:
    results, old_unix_s = root / RESULTS, time.time() - SCRATCH_AGE_S
    return [
        *(root / name for name in LEFT if (root / name).exists()),
        *(path for path in sorted(scratch_folder(root / CACHE.name).iterdir()) if path.stat().st_mtime < old_unix_s),
        *sorted(results.glob("*/trials/*/*/*/*/.*.partial")),
        *(folder for folder in study_folders(results) if not _is_kept(StudyPaths(folder))),
    ]


def _is_kept(paths: StudyPaths) -> bool:
    """Whether it has a trial, in its folder or packed."""
    if paths.archive.exists() or paths.crate.exists():
        return True
    return any(paths.root.glob(f"trials/*/*/*/*/*/{RESULT}"))


def _removed(path: Path, root: Path) -> str:
    size_bytes = sum(file.lstat().st_size for file in path.rglob("*") if file.is_file())
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    return f"removed {path.relative_to(root)} ({size_bytes / 1e6:.1f} MB)"
