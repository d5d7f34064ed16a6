"""Cells in the light of each other: whether the server is the limit although its CPUs were idle.

With N users a closed loop brings at most N over the time that one request takes without waiting. A loop that its users
limit therefore brings more with more of them, and one that its server limits does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from servebench.analyse.estimate import mean_of
from servebench.analyse.rows import BLOCK
from servebench.analyse.statistics import Interval, paired_ratio
from servebench.analyse.verdicts import MoreUsersEvidence, Verdict, more_users_verdict


@dataclass(frozen=True)
class JudgedCell:
    """A measured cell by itself: what it is of, its verdict, and the trials that its figures are made of.

    `series` is its model, system, generator and rows a request; `users` is None in an open loop.
    """

    series: tuple[str, str, str, int]
    users: int | None
    verdict: Verdict
    trials: pd.DataFrame


def verdict_among(cell: JudgedCell, cells: Sequence[JudgedCell]) -> Verdict:
    """The cell's verdict in the light of all cells of the study."""
    if cell.users is None or not _is_wait_known(cell):
        return cell.verdict
    larger = sorted((other.users, i) for i, other in enumerate(cells) if other.users and _tells_of(other, cell))
    for _, index in larger:
        evidence = _evidence(cell, cells[index])
        if evidence is not None:
            return more_users_verdict(cell.verdict, evidence)
    return more_users_verdict(cell.verdict, None)


def _tells_of(other: JudgedCell, cell: JudgedCell) -> bool:
    """Whether a cell has at least twice the users, and a throughput that nobody but the server can have limited."""
    if other.series != cell.series or other.users is None or cell.users is None or other.users < 2 * cell.users:
        return False
    return (other.verdict.word.is_capacity or other.verdict.is_idle_unexplained) and _is_wait_known(other)


def _is_wait_known(cell: JudgedCell) -> bool:
    """Whether the generator is known not to have waited: those trials in which it did are none of these."""
    return bool(cell.trials["generator_run_queue_share"].notna().all())


def _evidence(cell: JudgedCell, other: JudgedCell) -> MoreUsersEvidence | None:
    gain = _gain(cell.trials, other.trials)
    if gain is None or other.users is None:
        return None
    switches = cell.trials["voluntary_switches_per_s"] / cell.trials["throughput_rps"]
    is_metered = bool(cell.trials["server_cpu_utilization"].notna().any())
    return MoreUsersEvidence(
        other.users, gain, mean_of(cell.trials["busiest_thread_cores"]), mean_of(switches), is_metered
    )


def _gain(trials: pd.DataFrame, others: pd.DataFrame) -> Interval | None:
    """The throughput of others over that of trials, in the blocks that have both; None where there is none."""
    fewer, more = (frame.set_index(BLOCK)["throughput_rps"] for frame in (trials, others))
    blocks = fewer.index.intersection(more.index)
    return paired_ratio([float(more[block]) for block in blocks], [float(fewer[block]) for block in blocks])
