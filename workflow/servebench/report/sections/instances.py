"""How much hardware: instances of each system for a target load at the objective, with headroom."""

from typing import Any

from servebench.analyse.rows import is_evenly_spaced, load_of, rows_of
from servebench.analyse.text import MISSING
from servebench.report.answer.instances import capacity_bound, instances_of
from servebench.report.data import StudyData
from servebench.report.format import figure, markdown_table, with_interval
from servebench.words import Loop

UPPER_BOUND = (
    "≤ and ≥: measured with evenly spaced arrivals, which keep a p99 up to a rate that is 1.1 to 3 times as high as "
    "that of users who come at random (one worker, limits of 20 to 3 service times)."
)


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
    return text if text == MISSING else f"{capacity_bound(row).mark}{text}"


def _instances(row: Any, target_rps: int, headroom: float) -> str:
    found = instances_of(row, target_rps, headroom)
    return MISSING if found is None else str(found)
