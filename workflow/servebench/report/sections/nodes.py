"""The nodes of a cluster that made a study's blocks: what each is, what it made, and in what they are not alike."""

import pandas as pd

from servebench.analyse.metrics import THROUGHPUT
from servebench.analyse.rows import CELL, is_open
from servebench.machine import MachineFacts
from servebench.paths import RESULT
from servebench.report.data import StudyData
from servebench.report.format import figure, listed, markdown_table
from servebench.trial.record import read_record

HEADER = ["node", "processor", "kernel", "trials", "lost and made again", "throughput beside its cells' means"]
# In the order of MachineFacts.kind.
PARTS = ("processor", "number of CPUs", "number of allowed CPUs", "kernel", "governor")


def nodes(data: StudyData) -> str:
    """A row a node; empty where no cluster placed the blocks."""
    machines = _machines(data)
    if not machines:
        return ""
    beside = _beside_means(data.measured_trials)
    rows = [[*_cells(data.trials, name, machine), beside.get(name, "")] for name, machine in machines.items()]
    text = "Pairs are of trials of one node: what differs between nodes is in no ratio, but widens the other figures."
    return "\n\n".join(["## Nodes", text, markdown_table(HEADER, rows)])


def unlike_nodes(data: StudyData) -> str:
    """One line where nodes are not alike, with what differs."""
    kinds = [machine.kind for machine in _machines(data).values()]
    differing = [part for part, values in zip(PARTS, zip(*kinds, strict=True), strict=False) if len(set(values)) > 1]
    if not differing:
        return ""
    return (
        f"**The nodes that measured are not alike: they differ in {listed(differing)}.** Ratios are of trials of one "
        "node, other figures are of all of them."
    )


def _machines(data: StudyData) -> dict[str, MachineFacts]:
    """What each node is, by its first trial that tells."""
    placed = data.told_trials[data.told_trials["node"] != ""].sort_values("node").drop_duplicates("node")
    return {str(row["node"]): read_record(data.trial_folder(row) / RESULT).machine for _, row in placed.iterrows()}


def _cells(trials: pd.DataFrame, name: str, machine: MachineFacts) -> list[str]:
    made = trials[trials["node"] == name]
    lost = sum(name in str(nodes).split(", ") for nodes in trials["lost_on"].dropna())
    return [name, machine.processor, machine.kernel, f"{len(made):,}", f"{lost:,}"]


def _beside_means(measured: pd.DataFrame) -> dict[str, str]:
    """By how many percent a node's trials of closed loops lie beside the means of their cells, on average."""
    closed = measured[~is_open(measured)]
    means = closed.groupby(CELL)[THROUGHPUT].transform("mean")
    deviation = (closed[THROUGHPUT] / means - 1).groupby(closed["node"]).mean().dropna()
    return {str(name): f"{'+' if value > 0 else ''}{figure(value * 100)} %" for name, value in deviation.items()}
