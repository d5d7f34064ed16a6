"""`make bench-analysis`: forge a study of each size, measure, print the table."""

import argparse
import math
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from servebench.analyse.text import MISSING
from servebench.bench_analysis.checkout import Checkout
from servebench.bench_analysis.cost import Cost, exponent
from servebench.bench_analysis.forge import Recorded, forge_study, forged_config
from servebench.bench_analysis.size import SIZES, Size
from servebench.errors import ServebenchError
from servebench.paths import REPOSITORY, StudyPaths
from servebench.report.format import markdown_table

RECORDED = StudyPaths(REPOSITORY / "results" / "reference")
STUDY = "forged"
BYTES_A_MB = 1e6
PLAN, TABLES, PLOTS, PAGE, NOTHING = STEPS = ("plan", "tables", "plots", "page", "nothing to do")
NOTHING_SAID = "Nothing to be done"


@dataclass(frozen=True)
class Measured:
    """What each step of a study of this size took, and what it left behind."""

    size: Size
    costs: Mapping[str, Cost]
    page_mb: float
    records_mb: float

    @property
    def figures(self) -> dict[str, float]:
        """Everything that may grow, by its name in the table."""
        seconds = {f"{step}, s": cost.wall_s for step, cost in self.costs.items()}
        peaks = {f"{step}, MiB": cost.peak_mib for step, cost in self.costs.items()}
        return {**seconds, **peaks, "page, MB": self.page_mb, "records, MB": self.records_mb}


def measure(recorded: Recorded, size: Size, folder: Path) -> Measured:
    """Forge a study in an empty folder and take every step of it."""
    config = forged_config(recorded, STUDY, size)
    checkout = Checkout.make(folder, config)
    costs = {PLAN: checkout.snakemake("--dry-run")[0]}
    forge_study(recorded, config, size, checkout.study)
    costs |= {step: checkout.stage(step) for step in (TABLES, PLOTS, PAGE)}
    checkout.complete()
    costs[NOTHING], said = checkout.snakemake()
    if NOTHING_SAID not in said:
        raise ServebenchError(f"the forged study of {size.trials:,} trials is not complete for Snakemake:\n{said}")
    records = sum(path.stat().st_size for path in checkout.records.rglob("*") if path.is_file())
    return Measured(size, costs, checkout.study.report.stat().st_size / BYTES_A_MB, records / BYTES_A_MB)


def table(found: Sequence[Measured]) -> str:
    """A row a figure, a column a size, and with which power of the size it grew from the last but one to the last."""
    header = ["", *(f"{measured.size.trials:,} trials" for measured in found), "exponent"]
    rows = []
    for name in found[0].figures:
        values = [measured.figures[name] for measured in found]
        rows.append([name, *(f"{value:,.3g}" for value in values), _growth(found, values)])
    return markdown_table(header, rows)


def _growth(found: Sequence[Measured], values: Sequence[float]) -> str:
    if len(found) < 2:
        return MISSING
    first, second = ((measured.size.trials, value) for measured, value in zip(found[-2:], values[-2:], strict=True))
    return f"{exponent(first, second):.2f}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m servebench.bench_analysis", description=__doc__)
    parser.add_argument("--most", type=float, default=math.inf, help="leave out studies of more trials than these")
    most = parser.parse_args(arguments).most
    sizes = [size for size in SIZES if size.trials <= most]
    if not sizes:
        sys.exit(f"servebench: the smallest study has {SIZES[0].trials} trials: give no less")
    found = []
    with tempfile.TemporaryDirectory(prefix="servebench-") as scratch:
        recorded = Recorded.unpacked(RECORDED.archive, Path(scratch) / "recorded")
        for size in sizes:
            with tempfile.TemporaryDirectory(dir=scratch) as folder:
                found.append(measure(recorded, size, Path(folder)))
            print(f"\n{table(found)}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except ServebenchError as error:
        sys.exit(f"servebench: {error}")
