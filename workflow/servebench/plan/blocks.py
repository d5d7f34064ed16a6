"""The blocks of a study, as a cluster places them: all trials of one repeat and model, on one node."""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from servebench.config import Config
from servebench.files import sha256_parts
from servebench.plan.cells import trial_keys
from servebench.progress import format_duration
from servebench.thresholds import LOOKS
from servebench.trial.key import TrialKey
from servebench.trial.settings import TrialSettings

# From the allocation to the first trial of a block, on a node that was calibrated before.
BLOCK_START_S = 20.0
HOUR_S = 3600.0


@dataclass(frozen=True)
class Block:
    """One of them."""

    model: str
    repeat: int

    def __str__(self) -> str:
        return f"block {self.repeat} of {self.model}"


def study_blocks(config: Config) -> list[Block]:
    """Every block of a study, in the order in which they are placed."""
    return [Block(model, repeat) for repeat in range(1, config.planned_repeats + 1) for model in config.models]


def trials_of(config: Config, block: Block) -> list[TrialKey]:
    """The trials of a block."""
    return [key for key in trial_keys(config) if (key.model, key.repeat) == (block.model, block.repeat)]


def blocks_looked_at(config: Config, block: Block) -> list[Block]:
    """The blocks that must have ended before this one begins: those of the last look before it, of every model."""
    if config.precision is None:
        return []
    looked_at = max((blocks for blocks in LOOKS if blocks < block.repeat), default=0)
    return [other for other in study_blocks(config) if other.repeat <= looked_at]


def settings_hash(config: Config, keys: list[TrialKey]) -> str:
    """What changes where any setting of these trials does."""
    settings: list[dict[str, Any]] = [TrialSettings.of(config, key).as_params() for key in keys]
    return sha256_parts([repr(sorted(one.items())) for one in settings])


def describe_blocks(missing: Mapping[TrialKey, float], nodes: int) -> str:
    """What the missing trials, of so many seconds each, take on at most so many nodes at once; a line of the plan."""
    blocks_s: dict[Block, float] = defaultdict(lambda: BLOCK_START_S)
    for key, seconds in missing.items():
        blocks_s[Block(key.model, key.repeat)] += seconds
    rounds = math.ceil(len(blocks_s) / nodes)
    longest_s, all_s = max(blocks_s.values(), default=0.0), sum(blocks_s.values())
    used = min(nodes, len(blocks_s))
    where = f"{used} node{'' if used == 1 else 's'}"
    return (
        f"blocks     {len(blocks_s)} on {where} at once: {format_duration(rounds * longest_s)}, "
        f"{all_s / HOUR_S:.2g} node-hours"
    )
