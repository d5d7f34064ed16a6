"""How long each trial takes that is still to make, windows that are made again included."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from servebench.build.builders import BUILDERS
from servebench.build.server_manifest import fitting_manifest, load_server_manifest
from servebench.config import Config, System
from servebench.endpoint import EndpointDefinition
from servebench.files import read_json
from servebench.load_point import parse_load_point
from servebench.paths import MANIFEST, StudyPaths
from servebench.plan.cells import stand_ins
from servebench.plan.known_machine import KnownMachine
from servebench.plan.measured import (
    AGENT_START_S,
    GENERATOR_START_S,
    INFERENCE_START_S,
    MADE_AGAIN,
)
from servebench.progress import JOB_START_S
from servebench.thresholds import MOST_RETRIES, RETRIES_A_TRIAL
from servebench.trial.key import TrialKey
from servebench.words import BuildStatus, RowsPerRequest


@dataclass(frozen=True)
class TrialSeconds:
    """A trial's one window, with all around it; 0 where nothing is measured. `made_again` is how often it is again."""

    window_s: float
    made_again: float

    def total_s(self, share: float) -> float:
        """With its job, and that share of the windows made again."""
        return JOB_START_S + self.window_s * (1 + share * self.made_again)

    @property
    def most_s(self) -> float:
        """On a machine that is never quiet, over many trials."""
        return JOB_START_S + self.window_s * (1 + RETRIES_A_TRIAL)


def trial_seconds(
    config: Config, paths: StudyPaths, machine: KnownMachine, keys: Iterable[TrialKey]
) -> dict[TrialKey, TrialSeconds]:
    """The seconds of these trials."""
    is_measured = _measured(config, paths, machine)
    cells = {key.cell: key for key in keys}
    of_cell = {cell: _cell_seconds(config, machine, key, is_measured(key)) for cell, key in cells.items()}
    return {key: of_cell[key.cell] for key in keys}


def share_made_again(trials: Iterable[TrialSeconds]) -> float:
    """Which share of the windows that ask for it may be made again: a campaign allows only so many."""
    asked = [trial.made_again for trial in trials if trial.window_s > 0]
    allowed = RETRIES_A_TRIAL * len(asked) + MOST_RETRIES
    return min(1.0, allowed / sum(asked)) if sum(asked) > 0 else 1.0


def _cell_seconds(config: Config, machine: KnownMachine, key: TrialKey, is_measured: bool) -> TrialSeconds:
    if not is_measured:
        return TrialSeconds(0.0, 0.0)
    shown = machine.trials.get(f"{key.system}/{key.generator}")
    load_s = config.warmup_s + config.duration_s + parse_load_point(key.load_point).search_s
    if shown is not None:
        return TrialSeconds(shown.start_s + load_s, shown.made_again)
    system = config.system_catalogue[key.system]
    start_s = server_start_s(key.system, system)
    start_s += GENERATOR_START_S.get(config.generator_catalogue[key.generator].kind, 0.0)
    start_s += AGENT_START_S if config.load_hosts else 0.0
    return TrialSeconds(start_s + load_s, max(_made_again(system), machine.made_again))


def _made_again(system: System) -> float:
    told = None if isinstance(system, EndpointDefinition) else load_server_manifest(system.server).plan.made_again
    return MADE_AGAIN if told is None else told


def server_start_s(name: str, system: System) -> float:
    """The seconds of a server's start and end."""
    if isinstance(system, EndpointDefinition):
        return 0.0
    server = fitting_manifest(name, system)
    return server.start_s or BUILDERS[server.builder].start_s + INFERENCE_START_S[system.inference]


def _measured(config: Config, paths: StudyPaths, machine: KnownMachine) -> Callable[[TrialKey], bool]:
    """Whether a trial is measured: not where its system cannot be built, is not needed, or takes one row."""
    waiting = stand_ins(config)

    def is_there(model: str, system: str) -> bool:
        manifest = paths.build(model, system) / MANIFEST
        if manifest.exists():
            return bool(read_json(manifest)["status"] == BuildStatus.BUILT)
        return system not in machine.unavailable

    def is_measured(key: TrialKey) -> bool:
        replaced = waiting.get(key.cell)
        return (
            is_there(key.model, key.system)
            and (replaced is None or not is_there(key.model, replaced))
            and _takes_rows(config, key)
        )

    return is_measured


def _takes_rows(config: Config, key: TrialKey) -> bool:
    """Whether the server takes as many rows a request as the load point has."""
    if parse_load_point(key.load_point).rows == 1:
        return True
    system = config.system_catalogue[key.system]
    rows = system.rows if isinstance(system, EndpointDefinition) else load_server_manifest(system.server).rows
    return rows is RowsPerRequest.MANY
