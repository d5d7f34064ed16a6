import os
import signal
from contextlib import suppress

from servebench.block import IN_BLOCK, ON_CLUSTER
from servebench.build.declared import with_declared_systems
from servebench.build.precompile import (
    CALIBRATION,
    precompiled_files,
    precompiled_server,
)
from servebench.build.server_manifest import protocol_of
from servebench.build.system import system_sources
from servebench.calibrate.servers import PROJECT as CALIBRATION_PROGRAMS
from servebench.campaign import (
    Campaign,
    announce_campaign,
    export_package,
    lead_campaign,
    lock_study,
    why_stopped,
)
from servebench.config import dump_config, inference_of, parse_config
from servebench.descriptors import raise_descriptor_limit
from servebench.errors import ServebenchError, describe_os_error
from servebench.generator.registry import GENERATORS
from servebench.load_hosts.network import LoadNetwork
from servebench.heartbeat import start_beating
from servebench.machine import read_machine, read_topology
from servebench.hashes import refuse_changed_study
from servebench.model.definition import model_params
from servebench.paths import (
    CACHE,
    GOLDEN,
    LATENCY,
    MANIFEST,
    MODEL,
    PAYLOADS,
    RESOURCES,
    RESULT,
    SERIES,
    StudyPaths,
)
from servebench.plan.blocks import (
    Block,
    blocks_looked_at,
    describe_blocks,
    settings_hash,
    study_blocks,
    trials_of,
)
from servebench.plan.calibrations import calibration_files
from servebench.plan.cells import (
    most_connections,
    stand_ins,
    trial_keys,
    trial_result,
)
from servebench.plan.estimate import is_missing, make_plan, plan_calibration
from servebench.plan.endpoints import silent_endpoints
from servebench.plan.known_machine import KnownMachine
from servebench.plan.order import (
    PRIORITY_BEFORE_TRIALS,
    PRIORITY_CALIBRATION,
    PRIORITY_COMPILE,
    PRIORITY_LISTENING,
    PRIORITY_MODEL,
    trial_priority,
)
from servebench.plan.remember import remember_run
from servebench.plan.rule_phases import count_jobs
from servebench.plan.refusal import (
    refuse_changed_files,
    refuse_changed_settings,
    refuse_finer_precision,
    refuse_impossible_cores,
    refuse_missing_files,
    refuse_mistaken_protocols,
    refuse_unusable_folder,
    refuse_unwritable_folder,
)
from servebench.protocol.description import known_protocols
from servebench.report.terminal import is_nothing_measured, result_text
from servebench.signals import defer_signal
from servebench.live.start import is_terminal, is_wanted, start_drawing
from servebench.load_point import PATTERN as LOAD_POINT_PATTERN
from servebench.load_point import parse_load_point
from servebench.texts import visible_lines
from servebench.trial.key import TrialKey
from servebench.trial.settings import TrialSettings
from servebench.words import Inference

# Whether the trials come in blocks that a cluster places; the jobs that it places are told by the environment.
IS_ON_CLUSTER = (
    workflow.non_local_exec or workflow.remote_exec or ON_CLUSTER in os.environ
)
if IS_ON_CLUSTER:
    os.environ[ON_CLUSTER] = "1"
# A trial, and what calibrates, has the machine to itself; a cluster makes neither but in a block, where nothing is on it.
EVERY_CORE = 1 if IS_ON_CLUSTER else workflow.cores


def give_up(error):
    """End with one line; Snakemake would add the places in its own code to an exception."""
    sys.exit(visible_lines(f"servebench: {error}"))


def say(text):
    """Tell the terminal, which may have been closed meanwhile."""
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def resolve(raw):
    """The validated config and its study's paths; a mistake becomes one line."""
    try:
        resolved = parse_config(with_declared_systems(raw))
        for name in resolved.every_system:
            system_sources(name, resolved.system_catalogue[name])
        study = StudyPaths.of(resolved.study).on(read_machine().node_key)
        refuse_missing_files(resolved)
        refuse_mistaken_protocols(resolved)
        refuse_unusable_folder(study)
        if not workflow.output_settings.dryrun:
            refuse_unwritable_folder(resolved, study)
        # A cluster's nodes are other machines than the one that leads.
        if not IS_ON_CLUSTER:
            refuse_impossible_cores(resolved, study, read_topology())
        refuse_changed_settings(resolved, study)
        refuse_finer_precision(resolved, study)
        raise_descriptor_limit(
            max(most_connections(resolved, name) for name in resolved.every_generator)
        )
    except ServebenchError as error:
        give_up(error)
    except OSError as error:
        give_up(describe_os_error(error) or error)
    return resolved, study


CONFIG, STUDY = resolve(config)
STAND_INS = stand_ins(CONFIG)
export_package(WORKFLOW)


wildcard_constraints:
    model="|".join(CONFIG.models),
    system="|".join(CONFIG.every_system),
    generator="|".join(CONFIG.every_generator),
    load_point=LOAD_POINT_PATTERN,
    repeat="[1-9][0-9]*",
    protocol="|".join(known_protocols()),
    rows="[1-9][0-9]*",


def final_output():
    """What a study ends with."""
    return [
        str(path)
        for path in (STUDY.summary, STUDY.conclusions, STUDY.report, STUDY.provenance)
    ]


def calibrations():
    """What is calibrated before the trials."""
    return [str(path) for path in calibration_files(CONFIG, STUDY)]


def key_of(wildcards):
    """The trial that wildcards name."""
    return TrialKey(
        model=wildcards.model,
        system=wildcards.system,
        generator=wildcards.generator,
        load_point=wildcards.load_point,
        repeat=int(wildcards.repeat),
    )


def asked(wildcards):
    """The model's folder with the golden answers of a system's inference."""
    inference = inference_of(CONFIG.system_catalogue[wildcards.system])
    return STUDY.asked(wildcards.model, inference)


def precompiled(wildcards):
    """What of a system is compiled beforehand, if anything."""
    name = precompiled_server(CONFIG, wildcards.system)
    return [] if name is None else [STUDY.precompiled(name)]


def wire(wildcards, rows):
    """What is sent of a model to a system, by the protocol that it is asked by, with so many rows a request."""
    system = CONFIG.system_catalogue[wildcards.system]
    folder = STUDY.wire(
        wildcards.model, protocol_of(system), rows, inference_of(system)
    )
    return folder / MANIFEST


def rows_of(wildcards):
    """How many rows a request of a trial has."""
    return parse_load_point(wildcards.load_point).rows


def checks(wildcards):
    """What a system is checked for before a trial: the contract, and answers to as many rows as the trial asks for."""
    rows, names = rows_of(wildcards), (wildcards.model, wildcards.system)
    return [
        STUDY.check(*names),
        *([STUDY.check_rows(*names, rows)] if rows > 1 else []),
    ]


def replaced_build(wildcards):
    """The build of the system that a trial's system stands in for, if it does."""
    name = STAND_INS.get(key_of(wildcards).cell)
    return [] if name is None else [STUDY.build(wildcards.model, name) / MANIFEST]


def block_of(wildcards):
    """The block that wildcards name."""
    return Block(wildcards.model, int(wildcards.repeat))


def block_inputs(wildcards):
    """All that the trials of a block and the calibration of its node need, made before by jobs of their own."""
    block = block_of(wildcards)
    found = {
        str(STUDY.model(CONFIG.models[0]) / PAYLOADS),
        str(STUDY.precompiled(CALIBRATION)),
    }
    found |= {str(STUDY.generator(name) / MANIFEST) for name in CONFIG.every_generator}
    for key in trials_of(CONFIG, block):
        found.add(str(STUDY.build(key.model, key.system) / MANIFEST))
        found |= {str(path) for path in [*checks(key), *replaced_build(key)]}
        found.add(str(wire(key, rows_of(key))))
    found |= {
        str(STUDY.block(other.model, other.repeat))
        for other in blocks_looked_at(CONFIG, block)
    }
    return sorted(found)


def measured():
    """What must be there before the tables: every trial, or every block where a cluster places them."""
    if IS_ON_CLUSTER:
        return [
            str(STUDY.block(block.model, block.repeat))
            for block in study_blocks(CONFIG)
        ]
    return [str(trial_result(STUDY, key)) for key in trial_keys(CONFIG)]


def is_calibration():
    """Whether only the instrument was asked for (`make calibrate`)."""
    rules = {job.rule.name for job in workflow.dag.jobs}
    return "calibrate" in rules and "all" not in rules


def plan_run():
    """What this call is to make."""
    machine = KnownMachine.read(CACHE)
    if not is_calibration():
        return make_plan(CONFIG, STUDY, machine)
    made = {str(path) for job in workflow.dag.needrun_jobs() for path in job.output}
    return plan_calibration(CONFIG, STUDY, machine, lambda path: str(path) in made)


def print_plan(plan):
    """The plan on the terminal."""
    lines = [plan.describe(CONFIG)]
    if IS_ON_CLUSTER and plan.missing:
        lines.append(
            describe_blocks(plan.missing, workflow.resource_settings.nodes or 1)
        )
    if plan.missing:
        lines += silent_endpoints(CONFIG)
    say("\n".join(lines))


def start_campaign():
    """Hold the study, print the plan, announce the campaign to the jobs; a block belongs to one that does."""
    try:
        if IN_BLOCK in os.environ:
            lead_campaign()
        else:
            open_campaign()
    except ServebenchError as error:
        give_up(error)
    except OSError as error:
        give_up(describe_os_error(error) or error)
    # A failed check sends it, batch systems send it.
    defer_signal(signal.SIGTERM)
    # Else it chooses jobs anew each second while one runs, once more for each that has ended, on the server's CPU.
    workflow.scheduler.job_rate_limiter = None
    # The jobs of other hosts have no way to the process that draws, and a block's call has no terminal.
    if (
        workflow.local_exec
        and IN_BLOCK not in os.environ
        and is_wanted(os.environ, is_terminal())
    ):
        start_drawing(STUDY, Campaign.from_environment().name)


def open_campaign():
    """The one call that leads."""
    lock_study(STUDY)
    refuse_changed_files(CONFIG, STUDY)
    refuse_changed_study(STUDY)
    plan = plan_run()
    print_plan(plan)
    jobs = count_jobs(job.rule.name for job in workflow.dag.needrun_jobs())
    announce_campaign(STUDY, plan.phases, plan.missing, CONFIG.precision, jobs)
    if IS_ON_CLUSTER:
        start_beating(STUDY, Campaign.from_environment())


def print_result():
    """The summary's table, where the report stands, and what it took; a calibration has said all in its lines."""
    if IN_BLOCK in os.environ:
        return
    # What several nodes took tells nothing of this machine.
    took = (
        ""
        if IS_ON_CLUSTER
        else remember_run(CONFIG, STUDY, Campaign.from_environment(), CACHE)
    )
    if is_calibration():
        return
    say(f"{result_text(STUDY)}\n{took}")
    if is_nothing_measured(STUDY):
        give_up("nothing was measured: the reasons and their remedies stand above")


def print_failure():
    """Where to look, and that nothing is lost."""
    reason = why_stopped(STUDY, Campaign.from_environment())
    because = f" because {reason}" if reason else ""
    kept = f"is kept in {STUDY.root}, the next call continues from there"
    if is_calibration():
        text = f"the calibration is not complete{because}; what was calibrated {kept}."
    else:
        text = (
            f"the study is not complete{because}; what was measured {kept}. "
            f"`make report STUDY={CONFIG.study}` reports what is there."
        )
    say(f"servebench: {text}")


# A dry run calls no hook, and its graph of jobs is not built yet.
if workflow.output_settings.dryrun:
    if "calibrate" in sys.argv:
        print_plan(
            plan_calibration(CONFIG, STUDY, KnownMachine.read(CACHE), is_missing)
        )
    else:
        print_plan(make_plan(CONFIG, STUDY, KnownMachine.read(CACHE)))
