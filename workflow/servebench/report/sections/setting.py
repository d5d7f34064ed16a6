"""What was measured on what: models, machine, load, trials."""

from collections import Counter
from collections.abc import Sequence

import pandas as pd
from pydantic import BaseModel

from servebench.analyse.rows import has_figures, is_open, load_of, rows_of
from servebench.config import Config
from servebench.endpoint import EndpointDefinition
from servebench.model.contract import ModelContract
from servebench.model.definition import ModelFile
from servebench.paths import MANIFEST, RESULT
from servebench.report.data import StudyData
from servebench.report.foreign import Told, told
from servebench.report.format import figure
from servebench.report.stage_file import read_stage_file
from servebench.trial.record import LoadHostFigures, TrialRecord, read_record

ONE_ROW = ", one row a request"


class _Definition(BaseModel):
    estimator: Told
    dataset: Told


class _HeldOut(BaseModel):
    metric: Told
    value: float


class _TrainedModel(BaseModel):
    """What the report says of the manifest of a model that was trained here."""

    definition: _Definition
    n_features: int
    held_out: _HeldOut

    def describe(self) -> str:
        return (
            f"{self.definition.estimator} on {self.definition.dataset}, {self.n_features} features, "
            f"held-out {self.held_out.metric} {self.held_out.value:.3f}"
        )


class _File(BaseModel):
    path: Told


class _ModelFile(ModelContract):
    """What the report says of the manifest of a model that came as a file."""

    definition: _File
    estimator: Told

    def describe(self) -> str:
        counts = Counter(column.label for column in self.columns)
        columns = ", ".join(f"{count} x {label}" for label, count in counts.items())
        return f"{self.estimator} in {self.definition.path}, {len(self.columns)} features: {columns}"


def setting(data: StudyData) -> str:
    """The setting of the measured trials, disturbed ones where there are no others, or that there is none."""
    trials = data.told_trials
    if trials.empty:
        return "No trial has been measured."
    config = data.config
    # Where we placed a server: an endpoint's trial tells nothing of it.
    placed = trials[trials["is_pinned"].fillna(value=False)]
    first = (trials if placed.empty else placed).iloc[0]
    record = read_record(data.trial_folder(first) / RESULT)
    lines = [
        f"- models: {'; '.join(_describe_model(data, name) for name in config.models)}",
        f"- machine: {_describe_machine(record)}{_describe_nodes(trials)}; {_describe_placement(record)}",
        *_describe_endpoints(data),
        *_describe_load_hosts(record),
        f"- load: {'; '.join(_describe_load(data.trials))}; {config.warmup_s:g} s warm-up, {config.duration_s:g} s "
        f"window, think time {config.think_time_s:g} s{ONE_ROW if (rows_of(data.trials) == 1).all() else ''}",
        f"- trials: {_describe_counts(data)}, {_describe_repeats(config)} in seeded random blocks, "
        f"{int(trials['answers_checked'].sum()):,} answers compared with golden answers",
    ]
    return "## Setting\n\n" + "\n".join(lines)


def _describe_counts(data: StudyData) -> str:
    """How many were measured, and of how many of them figures are made where others were disturbed."""
    measured, undisturbed = int(has_figures(data.trials).sum()), len(data.measured_trials)
    return f"{measured} measured" + ("" if undisturbed == measured else f", {undisturbed} of them undisturbed")


def _describe_repeats(config: Config) -> str:
    if config.precision is None:
        return f"{config.repeats} repeats"
    return f"up to {config.planned_repeats} repeats"


def _describe_model(data: StudyData, name: str) -> str:
    is_file = isinstance(data.config.model_catalogue[name], ModelFile)
    kind: type[_ModelFile | _TrainedModel] = _ModelFile if is_file else _TrainedModel
    return f"{name} ({read_stage_file(data.paths.model(name) / MANIFEST, kind).describe()})"


def _describe_machine(record: TrialRecord) -> str:
    return told(f"{record.machine.processor}, {record.machine.system}")


def _describe_nodes(trials: pd.DataFrame) -> str:
    """How many nodes of a cluster measured, where one placed the blocks."""
    nodes = sorted({str(name) for name in trials["node"]} - {""})
    return f" (the first of {len(nodes)} nodes: {', '.join(nodes)})" if len(nodes) > 1 else ""


def _describe_placement(record: TrialRecord) -> str:
    placement = record.placement
    # With load hosts only the harness is on its CPUs.
    beside = "harness" if record.settings.load_hosts else "generator"
    if placement is not None and not placement.server:
        own = None if record.server is None else record.server.affinity
        where = f"on CPU {_numbers(own)}" if own else "wherever it runs"
        return f"the {beside} on CPU {_numbers(placement.generator)}, the endpoint {where}"
    if placement is None or not placement.is_pinned:
        return f"not pinned: server and {beside} wherever the kernel put them"
    return f"pinned: server on CPU {_numbers(placement.server)}, {beside} on CPU {_numbers(placement.generator)}"


def _numbers(values: Sequence[int]) -> str:
    return ", ".join(str(value) for value in values)


def _describe_endpoints(data: StudyData) -> list[str]:
    """A line of the measured systems that are not started here, if there are any."""
    systems = {name: data.config.system_catalogue[name] for name in data.systems}
    texts = [
        f"`{name}` at {told(system.url)} ({told(system.metered)})"
        for name, system in systems.items()
        if isinstance(system, EndpointDefinition)
    ]
    return [f"- endpoints, which run already: {', '.join(texts)}"] if texts else []


def _describe_load_hosts(record: TrialRecord) -> list[str]:
    """A line of the hosts that sent the load, where the server's own did not."""
    hosts = record.generator.hosts if record.generator else []
    if not hosts:
        return []
    texts = [f"{host.host} (round trip {figure(host.round_trip_ms)} ms, {_link(host)})" for host in hosts]
    return [f"- load hosts: {', '.join(texts)}; they start together to ± {figure(_clock_error_ms(hosts))} ms"]


def _clock_error_ms(hosts: Sequence[LoadHostFigures]) -> float:
    return max(host.clock_error_ms for host in hosts)


def _link(host: LoadHostFigures) -> str:
    """How full its link was."""
    if host.link_mbps is None:
        return "its link is not known"
    share = "of unknown speed" if host.link_share is None else f"{host.link_share:.0%} of its speed"
    return f"{host.link} at {figure(host.link_mbps)} Mbit/s, {share}"


def _describe_load(trials: pd.DataFrame) -> list[str]:
    """The load points of each generator."""
    texts = []
    for generator, group in trials.groupby("generator", sort=False):
        users = ", ".join(f"{n:,}" for n in sorted(group["users"].dropna().unique()))
        points = group[is_open(group)].sort_values("rate_rps").drop_duplicates("load_point")
        rates = ", ".join(load_of(row).label for _, row in points.iterrows())
        closed = f"closed loop of {users} users{_describe_rows(group[~is_open(group)])}"
        parts = [closed if users else "", f"open loop: {rates}" if rates else ""]
        texts.append(f"{generator}: {' and '.join(part for part in parts if part)}")
    return texts


def _describe_rows(trials: pd.DataFrame) -> str:
    """The numbers of rows a request; nothing where each has one."""
    numbers = sorted(set(rows_of(trials)))
    return "" if numbers == [1] else f" with {', '.join(f'{number:,}' for number in numbers)} rows a request"
