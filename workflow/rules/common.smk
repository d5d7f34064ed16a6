import signal
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

WORKFLOW = Path(workflow.basedir) / "workflow"
sys.path.insert(0, str(WORKFLOW))

from servebench.build.system import system_sources
from servebench.calibrate.servers import PROJECT as CALIBRATION_PROGRAMS
from servebench.campaign import announce_campaign, export_package, lock_study
from servebench.config import dump_config, parse_config
from servebench.errors import ServebenchError
from servebench.generator.registry import GENERATORS
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
from servebench.plan import (
    make_plan,
    most_connections,
    refuse_changed_settings,
    trial_folder,
    trial_keys,
    trial_priority,
)
from servebench.report.terminal import result_text
from servebench.signals import defer_signal
from servebench.load_point import PATTERN as LOAD_POINT_PATTERN
from servebench.trial.key import TrialKey
from servebench.trial.settings import TrialSettings

# Everything before the trials goes first: a build beside a trial would disturb it.
PRIORITY_BEFORE_TRIALS = 2
# After the checks: a system that fails its check shall say so at once.
PRIORITY_CALIBRATION = 1


def resolve(raw):
    """The validated config and its study's paths; a mistake becomes one line."""
    try:
        resolved = parse_config(raw)
        for name in resolved.every_system:
            system_sources(name, resolved.system_catalogue[name])
        study = StudyPaths.of(resolved.study)
        refuse_changed_settings(resolved, study)
    except ServebenchError as error:
        raise WorkflowError(str(error))
    return resolved, study


CONFIG, STUDY = resolve(config)
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
        *(str(STUDY.calibration(name)) for name in CONFIG.every_generator),
        str(STUDY.meter_calibration),
        str(STUDY.agreement_calibration),
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


def trial_results():
    """The record of every trial of the study."""
    return [str(trial_folder(STUDY, key) / "result.json") for key in trial_keys(CONFIG)]


def is_news(record):
    """Whether a message tells the user anything: the scheduler's two lines a job do not."""
    return not str(record.msg).startswith(("Select jobs to execute", "Execute "))


def start_campaign():
    """Hold the study, print the plan, announce the campaign to the jobs."""
    try:
        lock_study(STUDY)
    except ServebenchError as error:
        raise WorkflowError(str(error))
    logger.addFilter(is_news)
    # A failed check sends it, batch systems send it.
    defer_signal(signal.SIGTERM)
    plan = make_plan(CONFIG, STUDY)
    print(plan.describe(CONFIG), file=sys.stderr, flush=True)
    announce_campaign(len(plan.missing))


def print_result():
    """The summary's table, and where the report stands."""
    print(result_text(STUDY), file=sys.stderr, flush=True)


def print_failure():
    """Where to look, and that nothing is lost."""
    print(
        f"servebench: the study is not complete; what was measured is kept in {STUDY.root}, the next call "
        f"continues from there. `make report STUDY={CONFIG.study}` reports what is there.",
        file=sys.stderr,
        flush=True,
    )
