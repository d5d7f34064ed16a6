"""The order in which a study's jobs are made, as Snakemake's priorities: the highest first.

Trials come in random blocks, one a repeat. In a block the systems of one load point stand next to each other, because
what disturbs a machine lasts: neighbours in time correlate by 0.37, and pairs that are 50 s apart gain nothing over
unpaired ones. The load points of a block, and the systems of a load point, are in random order.
"""

import hashlib

from servebench.trial.key import TrialKey

# A disturbed machine is said before anything else.
PRIORITY_LISTENING = 5
# What most others wait for goes first: the model, then what takes longest to compile.
PRIORITY_MODEL = 4
PRIORITY_COMPILE = 3
# Everything before the trials goes first: a build beside a trial would disturb it.
PRIORITY_BEFORE_TRIALS = 2
# After the checks: a system that fails its check shall say so at once.
PRIORITY_CALIBRATION = 1
# Wide enough that two load points of a study never get the same place, where their systems would mix.
LOAD_POINT_BITS = 64
SYSTEM_BITS = 32


def trial_priority(seed: int, key: TrialKey) -> int:
    """Below 0; a function of the key alone, so that added trials reorder none. Snakemake compares integers exactly."""
    load_point = f"{seed}/{key.model}/{key.generator}/{key.load_point}/{key.repeat}"
    block = key.repeat << LOAD_POINT_BITS
    place = block + _random(load_point, LOAD_POINT_BITS)
    return -((place << SYSTEM_BITS) + _random(f"{load_point}/{key.system}", SYSTEM_BITS))


def _random(text: str, bits: int) -> int:
    """The first bits of a hash: as good as random, and always the same for a text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[: bits // 8], "big")
