import signal
import sys
from pathlib import Path

from snakemake.logging import logger

WORKFLOW = Path(workflow.basedir) / "workflow"
sys.path.insert(0, str(WORKFLOW))

from servebench.build.system import system_sources
from servebench.calibrate.servers import PROJECT as CALIBRATION_PROGRAMS
from servebench.campaign import announce_campaign, export_package, lock_study
from servebench.config import dump_config, parse_config
from servebench.errors import ServebenchError
from servebench.generator.registry import GENERATORS
from servebench.machine import read_topology
from servebench.paths import (
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
from servebench.plan.cells import (
    most_connections,
    stand_ins,
    trial_keys,
    trial_result,
)
from servebench.plan.estimate import make_plan, plan_calibration
from servebench.plan.order import (
    PRIORITY_BEFORE_TRIALS,
    PRIORITY_CALIBRATION,
    PRIORITY_LISTENING,
    trial_priority,
)
from servebench.plan.refusal import (
    refuse_changed_settings,
    refuse_finer_precision,
    refuse_impossible_cores,
    refuse_unusable_folder,
)
from servebench.report.terminal import result_text
from servebench.signals import defer_signal
from servebench.load_point import PATTERN as LOAD_POINT_PATTERN
from servebench.trial.key import TrialKey
from servebench.trial.settings import TrialSettings


def give_up(error):
    """End with one line; Snakemake would add the places in its own code to an exception."""
    sys.exit(f"servebench: {error}")


def resolve(raw):
    """The validated config and its study's paths; a mistake becomes one line."""
    try:
        resolved = parse_config(raw)
        for name in resolved.every_system:
            system_sources(name, resolved.system_catalogue[name])
        study = StudyPaths.of(resolved.study)
        refuse_unusable_folder(study)
        refuse_impossible_cores(resolved, study, read_topology())
        refuse_changed_settings(resolved, study)
        refuse_finer_precision(resolved, study)
    except ServebenchError as error:
        give_up(error)
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


def final_output():
    """What a study ends with."""
    return [str(path) for path in (STUDY.summary, STUDY.report, STUDY.provenance)]


def calibrations():
    """What is calibrated before the trials."""
    return [
        str(STUDY.machine_calibration),
        *(str(STUDY.calibration(name)) for name in CONFIG.every_generator),
        str(STUDY.meter_calibration),
    ]


def key_of(wildcards):
    """The trial that wildcards name."""
    return TrialKey(
        model=wildcards.model,
        system=wildcards.system,
        generator=wildcards.generator,
        load_point=wildcards.load_point,
        repeat=int(wildcards.repeat),
    )


def replaced_build(wildcards):
    """The build of the system that a trial's system stands in for, if it does."""
    name = STAND_INS.get(key_of(wildcards).cell)
    return [] if name is None else [STUDY.build(wildcards.model, name) / MANIFEST]


def trial_results():
    """The record of every trial of the study."""
    return [str(trial_result(STUDY, key)) for key in trial_keys(CONFIG)]


def is_news(record):
    """Whether a message tells the user anything: the scheduler's two lines a job do not."""
    return not str(record.msg).startswith(("Select jobs to execute", "Execute "))


def is_calibration():
    """Whether only the instrument was asked for (`make calibrate`)."""
    rules = {job.rule.name for job in workflow.dag.jobs}
    return "calibrate" in rules and "all" not in rules


def start_campaign():
    """Hold the study, print the plan, announce the campaign to the jobs."""
    try:
        lock_study(STUDY)
    except ServebenchError as error:
        give_up(error)
    logger.addFilter(is_news)
    # A failed check sends it, batch systems send it.
    defer_signal(signal.SIGTERM)
    # Else it chooses jobs anew each second while one runs, once more for each that has ended, on the server's CPU.
    workflow.scheduler.job_rate_limiter = None
    plan = make_plan(CONFIG, STUDY)
    if is_calibration():
        made = {str(path) for job in workflow.dag.needrun_jobs() for path in job.output}
        shown = plan_calibration(CONFIG, STUDY, lambda path: str(path) in made)
    else:
        shown = plan
    print(shown.describe(CONFIG), file=sys.stderr, flush=True)
    announce_campaign(len(plan.missing), CONFIG.precision)


def print_result():
    """The summary's table, and where the report stands; a calibration has said all in its lines."""
    if is_calibration():
        return
    print(result_text(STUDY), file=sys.stderr, flush=True)


def print_failure():
    """Where to look, and that nothing is lost."""
    kept = f"is kept in {STUDY.root}, the next call continues from there"
    if is_calibration():
        text = f"the calibration is not complete; what was calibrated {kept}."
    else:
        text = (
            f"the study is not complete; what was measured {kept}. "
            f"`make report STUDY={CONFIG.study}` reports what is there."
        )
    print(f"servebench: {text}", file=sys.stderr, flush=True)
