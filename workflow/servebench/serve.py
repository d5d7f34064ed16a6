"""`make serve`: a system of a study, started as a trial starts it, for whoever wants to ask it by hand."""

import shlex

from servebench.address import Address
from servebench.build.server_manifest import protocol_of
from servebench.built import built_manifest, ensure_known
from servebench.config import inference_of, load_config
from servebench.endpoint import EndpointDefinition
from servebench.errors import ServebenchError
from servebench.files import write_text
from servebench.load_point import parse_load_point
from servebench.machine import PlacementError
from servebench.paths import MANIFEST, StudyPaths
from servebench.plan.cells import trial_keys
from servebench.protocol.wire import Wire
from servebench.trial.attempt import launch_of
from servebench.trial.processes import ProcessGroups
from servebench.trial.request import TrialRequest
from servebench.trial.run import place_trial
from servebench.trial.server import ServerLaunch, start_server
from servebench.trial.settings import TrialSettings


def serve_system(paths: StudyPaths, system: str, model: str | None) -> None:
    """Start a built system and print a line that asks it; raises ServebenchError where it is not built, or ends."""
    request = find_request(paths, system, model)
    log = paths.log("serve", request.key.model, system)
    write_text(log, "")
    with ProcessGroups() as groups:
        server = start_server(groups, _launch(request), log)
        print(f"{system} answers until Ctrl-C; what it prints is in {log}", flush=True)
        print(curl_line(Wire.read(request.wire), server.address), flush=True)
        try:
            server.process.wait()
        except KeyboardInterrupt:
            return
    raise ServebenchError(f"{server.ending}; see {log}")


def find_request(paths: StudyPaths, system: str, model: str | None) -> TrialRequest:
    """The trial of the study that it is started for; raises ServebenchError, with the remedy, where it is not built."""
    if not paths.config.exists():
        study = paths.root.name
        raise ServebenchError(
            f"study '{study}' is not built yet: run `make STUDY={study}` first, which builds {system}"
        )
    config = load_config(paths.config)
    model = config.models[0] if model is None else model
    ensure_known(paths, "model", model, config.models)
    ensure_known(paths, "system", system, config.every_system)
    definition = config.system_catalogue[system]
    if isinstance(definition, EndpointDefinition):
        raise ServebenchError(f"system {system} runs already: ask it at {definition.url}")
    built_manifest(paths, model, system)
    key = next(key for key in trial_keys(config) if (key.model, key.system) == (model, system))
    rows = parse_load_point(key.load_point).rows
    wire = paths.wire(model, protocol_of(definition), rows, inference_of(definition))
    if not (wire / MANIFEST).exists():
        raise ServebenchError(f"{wire} does not exist: run `make STUDY={paths.root.name}` first, which renders it")
    return TrialRequest(
        study=paths.root.name,
        campaign="serve",
        key=key,
        settings=TrialSettings.of(config, key),
        package=paths.build(model, system),
        generator_folder=paths.generator(key.generator),
        wire=wire,
        folder=paths.trial(*key.cell, key.repeat),
        failed_logs=paths.log("serve", model, system).parent,
    )


def _launch(request: TrialRequest) -> ServerLaunch:
    try:
        return launch_of(request, place_trial(request))
    except PlacementError as error:
        raise ServebenchError(f"{request.key.system} {error}: use a machine with more CPUs, or ask for fewer") from None


def curl_line(wire: Wire, address: Address) -> str:
    """What a shell asks it with: the first body of the wire."""
    with wire.payloads.open(encoding="utf-8") as bodies:
        body = bodies.readline().strip()
    headers = [word for name, value in wire.headers.items() for word in ("-H", f"{name}: {value}")]
    return shlex.join(["curl", "-X", wire.method, *headers, "-d", body, f"{address.url}{wire.path}"])
