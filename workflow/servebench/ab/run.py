"""`make ab`: two revisions of one server, measured side by side in one campaign: the fair comparison of a change."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from servebench.ab.checkout import TwoRevisions, make_checkout
from servebench.build.declared import declared_systems
from servebench.config import Config, SystemDefinition
from servebench.config_words import suggest
from servebench.errors import ServebenchError
from servebench.paths import REPOSITORY, RESULTS, StudyPaths
from servebench.texts import require_name


def ab(study: str, system: str, base: str, head: str, entries: Sequence[str], config: Config) -> None:
    """Build two revisions of a system's server and measure them in the same blocks; `entries` are of the config."""
    definition = find_system(system, config)
    revisions = TwoRevisions.of(system, definition, base, head, REPOSITORY)
    checkout = StudyPaths(REPOSITORY / RESULTS / require_name("study", study)).checkout
    make_checkout(revisions, REPOSITORY, checkout)
    os.chdir(checkout)
    environment = {**os.environ, "PYTHONPATH": str(checkout / "workflow")}
    snakemake = str(Path(sys.executable).with_name("snakemake"))
    os.execve(snakemake, [snakemake, *arguments(study, revisions, entries)], environment)  # noqa: S606


def arguments(study: str, revisions: TwoRevisions, entries: Sequence[str]) -> list[str]:
    """What snakemake is called with; entries of the user stand last and win."""
    systems = f"systems=[{','.join(revisions.systems)}]"
    return ["--cores", "all", "--config", f"study={study}", systems, "rates=[]", "also=[]", *entries, "--"]


def find_system(system: str, config: Config) -> SystemDefinition:
    """The system of a name, of the config or of a server; raises ServebenchError where there is none to build."""
    known = {**declared_systems(), **config.system_catalogue}
    if system not in known:
        raise ServebenchError(f"SYSTEM: unknown name '{system}'{suggest(system, known)}")
    definition = known[system]
    if not isinstance(definition, SystemDefinition):
        raise ServebenchError(f"SYSTEM: '{system}' is an endpoint, which runs already: name one that is built here")
    return definition
