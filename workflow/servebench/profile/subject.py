"""What is profiled: a system of a study as it was built, in a closed loop of the study's users, by `native`."""

import contextlib
import io
from dataclasses import dataclass
from pathlib import Path

from servebench.build.server_manifest import protocol_of
from servebench.built import built_manifest, ensure_known
from servebench.config import Config, System, inference_of, load_config
from servebench.endpoint import EndpointDefinition
from servebench.errors import ServebenchError
from servebench.generator.build import build_generator
from servebench.load_point import ClosedLoop
from servebench.paths import StudyPaths
from servebench.protocol.render import render
from servebench.trial.key import TrialKey
from servebench.trial.request import TrialRequest
from servebench.trial.settings import TrialSettings
from servebench.words import BuildStatus, GeneratorKind


@dataclass(frozen=True)
class Subject:
    """A system of a study that is there: its files, its language and its load point."""

    paths: StudyPaths
    config: Config
    model: str
    system: str
    language: str
    generator: str
    point: ClosedLoop

    def request(self, scratch: Path, cache: Path) -> TrialRequest:
        """The trial that it would be, in a folder that is no study's; raises ServebenchError without its generator."""
        folder = scratch / "generator"
        with contextlib.redirect_stdout(io.StringIO()):
            built = build_generator(self.generator, self.config.generator_catalogue[self.generator], folder, cache)
        if built["status"] != BuildStatus.BUILT:
            raise ServebenchError(f"generator {self.generator}: {built['reason']}: {built['remedy']}")
        key = TrialKey(
            model=self.model,
            system=self.system,
            generator=self.generator,
            load_point=self.point.name,
            repeat=1,
        )
        wire = scratch / "wire"
        system = self.config.system_catalogue[self.system]
        asked = self.paths.asked(self.model, inference_of(system))
        reason = render(asked, protocol_of(system), self.point.rows, wire)
        if reason is not None:
            raise ServebenchError(f"system {self.system} was not measured either: {reason}")
        return TrialRequest(
            study=self.paths.root.name,
            campaign="profile",
            key=key,
            settings=TrialSettings.of(self.config, key),
            package=self.paths.build(self.model, self.system),
            generator_folder=folder,
            wire=wire,
            folder=scratch / "trial",
            failed_logs=scratch / "failed",
        )


def find_subject(paths: StudyPaths, system: str, model: str | None) -> Subject:
    """A built system of a study; raises ServebenchError, with the remedy, where it is not there."""
    config = load_config(paths.config)
    model = config.models[0] if model is None else model
    ensure_known(paths, "model", model, config.models)
    ensure_known(paths, "system", system, config.every_system)
    _ensure_started_here(system, config.system_catalogue[system])
    generator = native_generator(config)
    users = max(config.users, default=config.generator_catalogue[generator].connections)
    point = ClosedLoop(users, rows=config.rows[0])
    language = str(built_manifest(paths, model, system)["language"])
    return Subject(paths, config, model, system, language, generator, point)


def _ensure_started_here(name: str, system: System) -> None:
    if isinstance(system, EndpointDefinition):
        raise ServebenchError(
            f"system {name} runs already at {system.url}: profile its process yourself, such as by py-spy record --pid"
        )


def native_generator(config: Config) -> str:
    """The study's own generator of the kind `native`, else the catalogue's; raises ServebenchError without one."""
    for name in (*config.every_generator, *config.generator_catalogue):
        if config.generator_catalogue[name].kind is GeneratorKind.NATIVE:
            return name
    raise ServebenchError("the study's generator_catalogue has no generator of the kind native: add one")
