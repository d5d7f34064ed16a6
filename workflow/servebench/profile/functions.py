"""functions.csv: the dearest functions of a profile, by what they used themselves and by all that they called."""

import csv
import io
from collections import Counter
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from servebench.files import write_text
from servebench.profile.stacks import Frame, Stacks
from servebench.spreadsheet import harmless

# What is left out was in one sample in a thousand, or less.
LEAST_SHARE = 0.001


@dataclass(frozen=True)
class FunctionShare:
    """Of all samples the shares in which a function ran itself, and in which it or what it had called did."""

    function: str
    place: str
    own_share: float
    total_share: float

    @property
    def frame(self) -> Frame:
        """The function."""
        return Frame(self.function, self.place)


COLUMNS = [field.name for field in fields(FunctionShare)]


def function_shares(stacks: Stacks) -> list[FunctionShare]:
    """Every function, the dearest by its own share first; one that calls itself counts once a sample."""
    samples = stacks.total()
    own, total = Counter[Frame](), Counter[Frame]()
    for stack, count in stacks.items():
        own[stack[-1]] += count
        for frame in set(stack):
            total[frame] += count
    shares = [FunctionShare(*frame, own[frame] / samples, count / samples) for frame, count in total.items()]
    return sorted(shares, key=lambda share: (-share.own_share, -share.total_share, share.function, share.place))


def write_functions(path: Path, shares: list[FunctionShare]) -> None:
    """Write those that were seen more than by chance."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for share in shares:
        if share.total_share > LEAST_SHARE:
            cells = (round(value, 5) if isinstance(value, float) else harmless(value) for value in astuple(share))
            writer.writerow(cells)
    write_text(path, text.getvalue())


def read_functions(path: Path) -> list[FunctionShare]:
    """The same, read."""
    with path.open(newline="", encoding="utf-8") as stream:
        return [
            FunctionShare(row["function"], row["place"], float(row["own_share"]), float(row["total_share"]))
            for row in csv.DictReader(stream)
        ]
