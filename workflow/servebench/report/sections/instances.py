"""How much hardware: instances of each system for a target load at the objective, with headroom."""

import math
from typing import Any

import pandas as pd

from servebench.analyse.rows import is_evenly_spaced, load_of, rows_of
from servebench.report.data import StudyData
from servebench.report.format import MISSING, figure, markdown_table, with_interval
from servebench.words import Loop

UPPER_BOUND = (
    "≤ and ≥: measured with evenly spaced arrivals, which keep a p99 up to a rate that is 1.1 to 3 times as high as "
    "that of users who come at random (one worker, limits of 20 to 3 service times)."
)


def instances_needed(target_rps: float, capacity_rps: float, headroom: float) -> int:
    """The least number of instances that serve `target_rps` while each keeps `headroom` of its capacity free."""
    return math.ceil(target_rps / (capacity_rps * (1 - headroom)))


def instances(data: StudyData) -> str:
    """Capacity at the objective of each system and the instances for each target; empty without an objective."""
    config, cells = data.config, data.measured_cells
    found = cells[cells["loop"] == Loop.OBJECTIVE]
    if config.objective is None or found.empty:
        return ""
    with_model = found["model"].nunique() > 1
    with_rows = bool((rows_of(found) > 1).any())
    header = [
        *(["model"] if with_model else []),
        *("system", *(["rows a request"] if with_rows else []), "CPUs", f"requests/s with {config.objective}"),
        *(f"instances for {target:,}/s" for target in config.target_rps),
    ]
    rows = [
        [
            *([row["model"]] if with_model else []),
            row["system"],
            *([f"{load_of(row).rows:,}"] if with_rows else []),
            *(figure(row["server_cpus"]), _capacity(row)),
            *(_instances(row, target, config.headroom) for target in config.target_rps),
        ]
        for _, row in found.iterrows()
    ]
    notes = []
    if not found.apply(is_evenly_spaced, axis=1).all():
        notes.append("Measured with Poisson arrivals: users come at random, and queues form below the capacity.")
    if found.apply(is_evenly_spaced, axis=1).any():
        notes.append(UPPER_BOUND)
    if config.target_rps:
        notes.append(
            f"An instance is one server on that many CPUs, of which {config.headroom:.0%} stay free; its capacity at "
            "the objective is taken at the low end of the interval, without an interval at the estimate."
        )
    return "\n\n".join(["## Instances needed", markdown_table(header, rows), " ".join(notes)])


def _capacity(row: Any) -> str:
    text = with_interval(row, "throughput_rps")
    return f"≤ {text}" if is_evenly_spaced(row) and text != MISSING else text


def _instances(row: Any, target_rps: int, headroom: float) -> str:
    low = row["throughput_rps_low"]
    capacity_rps = row["throughput_rps"] if pd.isna(low) else low
    if pd.isna(capacity_rps):
        return MISSING
    count = str(instances_needed(target_rps, float(capacity_rps), headroom))
    return f"≥ {count}" if is_evenly_spaced(row) else count
