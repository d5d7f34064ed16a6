"""The order in which a study's jobs are made, as Snakemake's priorities: the highest first."""

import hashlib

from servebench.trial.key import TrialKey

# What most others wait for goes first: the model, then what takes longest to compile.
PRIORITY_MODEL = 4
PRIORITY_COMPILE = 3
# Everything before the trials goes first: a build beside a trial would disturb it.
PRIORITY_BEFORE_TRIALS = 2
# After the checks: a system that fails its check shall say so at once.
PRIORITY_CALIBRATION = 1
ORDER_STEPS = 2**24


def trial_priority(seed: int, key: TrialKey) -> int:
    """Seeded random blocks, one a repeat: a function of the key alone, so that added trials reorder none."""
    cell = f"{seed}/{key.model}/{key.system}/{key.generator}/{key.load_point}/{key.repeat}"
    position = int.from_bytes(hashlib.sha256(cell.encode()).digest()[:3], "big")
    return -(key.repeat * ORDER_STEPS + position)
