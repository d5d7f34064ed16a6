"""What was measured on what: models, machine, load, trials."""

from collections.abc import Sequence

import pandas as pd
from pydantic import BaseModel

from servebench.analyse.rows import is_open, load_of
from servebench.config import Config
from servebench.paths import MANIFEST, RESULT
from servebench.report.data import StudyData
from servebench.report.stage_file import read_stage_file
from servebench.trial.record import TrialRecord, read_record


class _Definition(BaseModel):
    estimator: str
    dataset: str


class _HeldOut(BaseModel):
    metric: str
    value: float


class _Model(BaseModel):
    """What the report says of a model's manifest."""

    definition: _Definition
    n_features: int
    held_out: _HeldOut


def setting(data: StudyData) -> str:
    """The setting of the measured trials, or that there is none."""
    trials = data.measured_trials
    if trials.empty:
        return "No trial has been measured."
    config = data.config
    record = read_record(data.trial_folder(trials.iloc[0]) / RESULT)
    lines = [
        f"- models: {'; '.join(_describe_model(data, name) for name in config.models)}",
        f"- machine: {_describe_machine(record)}; {_describe_placement(record)}",
        f"- load: {'; '.join(_describe_load(data.trials))}; {config.warmup_s:g} s warm-up, {config.duration_s:g} s "
        f"window, think time {config.think_time_s:g} s",
        f"- trials: {len(trials)} measured, {_describe_repeats(config)} in seeded random blocks, "
        f"{int(trials['answers_checked'].sum()):,} answers compared with golden answers",
    ]
    return "## Setting\n\n" + "\n".join(lines)


def _describe_repeats(config: Config) -> str:
    if config.precision is None:
        return f"{config.repeats} repeats"
    return f"up to {config.planned_repeats} repeats"


def _describe_model(data: StudyData, name: str) -> str:
    model = read_stage_file(data.paths.model(name) / MANIFEST, _Model)
    return (
        f"{name} ({model.definition.estimator} on {model.definition.dataset}, {model.n_features} features, "
        f"held-out {model.held_out.metric} {model.held_out.value:.3f})"
    )


def _describe_machine(record: TrialRecord) -> str:
    machine = record.machine
    quota = "" if machine.cpu_quota is None else f" (a quota of {machine.cpu_quota:g} CPUs)"
    return f"{machine.cpu_model}, {machine.logical_cpus} CPUs{quota}, {machine.system}"


def _describe_placement(record: TrialRecord) -> str:
    placement = record.placement
    if placement is None or not placement.is_pinned:
        return "not pinned: server and generator wherever the kernel put them"
    return f"pinned: server on CPU {_numbers(placement.server)}, generator on CPU {_numbers(placement.generator)}"


def _numbers(values: Sequence[int]) -> str:
    return ", ".join(str(value) for value in values)


def _describe_load(trials: pd.DataFrame) -> list[str]:
    """The load points of each generator."""
    texts = []
    for generator, group in trials.groupby("generator", sort=False):
        users = ", ".join(f"{n:,}" for n in sorted(group["users"].dropna().unique()))
        points = group[is_open(group)].sort_values("rate_rps").drop_duplicates("load_point")
        rates = ", ".join(load_of(row).label for _, row in points.iterrows())
        parts = [f"closed loop of {users} users" if users else "", f"open loop: {rates}" if rates else ""]
        texts.append(f"{generator}: {' and '.join(part for part in parts if part)}")
    return texts
