"""Making a block on the node that a cluster gave: by a plain call of snakemake, as on any machine.

So its trials come in the plan's order, one at a time, after the calibration of this node; and what a node that fails
had measured stays, which Snakemake's own groups of jobs would delete.
"""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from servebench.campaign import Campaign, refuse_stopped
from servebench.config import load_config
from servebench.errors import ServebenchError
from servebench.heartbeat import Listener
from servebench.machine import read_machine
from servebench.paths import StudyPaths
from servebench.plan.blocks import Block
from servebench.plan.calibrations import calibration_files

# In the environment: that a cluster places the blocks, and that a call of snakemake makes one.
ON_CLUSTER = "SERVEBENCH_ON_CLUSTER"
IN_BLOCK = "SERVEBENCH_IN_BLOCK"
# All else was made before by jobs of their own; a node that finds it changed must not make it beside others.
RULES = ("listen", "calibrate_generator", "calibrate_meter", "trial")
# Seldom: it wakes a process beside the trials.
LISTEN_S = 10.0


def make_block(
    paths: StudyPaths, campaign: Campaign, block: Block, trials: Sequence[str], *, is_remeasured: bool
) -> dict[str, object]:
    """Make the trials of a block that are missing; returns where they were made.

    Raises ServebenchError where a trial could not be made, or the campaign has ended.
    """
    refuse_stopped(paths, campaign)
    refuse_part_of_node(os.environ, len(os.sched_getaffinity(0)))
    here = paths.on(read_machine().node_key)
    calibrations = [str(path) for path in calibration_files(load_config(paths.config), here)]
    with _held(paths.block_lock(block.model, block.repeat)):
        command = snakemake_command(paths, [*calibrations, *trials], is_remeasured=is_remeasured)
        code = _run(command, Listener(paths, campaign.name))
    if code != 0:
        refuse_stopped(paths, campaign)
        raise ServebenchError(f"{block} is not complete: {paths.log('block', block.model, str(block.repeat))} says why")
    return {"campaign": campaign.name, "node": here.node, "trials": len(trials)}


def refuse_part_of_node(environment: Mapping[str, str], cpus: int) -> None:
    """Raise ServebenchError where the job has the node's CPUs, and this step of it fewer: the others lie idle."""
    allocated = environment.get("SLURM_JOB_CPUS_PER_NODE", "").partition("(")[0]
    if allocated.isdigit() and cpus < int(allocated):
        raise ServebenchError(
            f"this block may use {cpus} of the {allocated} CPUs that it was given: "
            f"write `cpus_per_task: {allocated}` under `block` in profiles/slurm/profile.yaml"
        )


def snakemake_command(paths: StudyPaths, targets: Sequence[str], *, is_remeasured: bool) -> list[str]:
    """The plain call that makes `targets` on this node."""
    return [
        *(sys.executable, "-m", "snakemake", "--executor", "local", "--cores", "all"),
        *("--workflow-profile", "profiles/default", "--configfile", str(paths.config)),
        *(["--config", "remeasure=true"] if is_remeasured else []),
        *("--allowed-rules", *RULES, "--", *targets),
    ]


def environment_of_block(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of that call: it places nothing, and belongs to the campaign that asked for the block."""
    return {name: value for name, value in environment.items() if name != ON_CLUSTER} | {IN_BLOCK: "1"}


def _run(command: Sequence[str], listener: Listener) -> int:
    """Run the call to its end, or end it where nobody leads the campaign any more."""
    process = subprocess.Popen(command, env=environment_of_block(os.environ))
    try:
        while True:
            with suppress(subprocess.TimeoutExpired):
                return process.wait(LISTEN_S)
            if listener.is_silent():
                raise ServebenchError("the snakemake process that leads this campaign is gone: call it again")
    finally:
        if process.poll() is None:
            # It ends the trial that runs, and starts no other.
            process.terminate()
            process.wait()


@contextmanager
def _held(lock: Path) -> Iterator[None]:
    """Hold a block: its job of before may still be ending on another node."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
