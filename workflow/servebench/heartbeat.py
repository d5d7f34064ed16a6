"""A campaign's sign of life in the study's folder, for its blocks on other hosts; and how they hear it."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from servebench.campaign import Campaign, is_stopped
from servebench.errors import ServebenchError
from servebench.files import read_json, write_json
from servebench.node import files_of_nodes
from servebench.paths import StudyPaths
from servebench.progress import Progress
from servebench.words import Phase

BEAT_S = 5.0
# A shared file system may show a change a minute late.
SILENCE_S = 120.0


def start_beating(paths: StudyPaths, campaign: Campaign) -> None:
    """Show until this process ends that it lives, and say how far the nodes are.

    Where a job on another host stopped the campaign, end this process as a signal would.
    """
    threading.Thread(target=_beat, args=(paths, campaign), daemon=True).start()


def _beat(paths: StudyPaths, campaign: Campaign) -> None:
    number, said = 0, ""
    while not is_stopped(paths, campaign):
        # A full disk may have room again.
        with suppress(OSError):
            write_json(paths.heartbeat, {"campaign": campaign.name, "beat": number})
        line = nodes_line(paths, campaign)
        if line != said:
            print(line, file=sys.stderr, flush=True)
        number, said = number + 1, line
        time.sleep(BEAT_S)
    os.kill(os.getpid(), signal.SIGTERM)


def nodes_line(paths: StudyPaths, campaign: Campaign) -> str:
    """How many trials of the campaign the nodes have made; empty before the first."""
    made = [Progress.read_file(file, campaign.name).made for file in files_of_nodes(paths.journal)]
    nodes = sum(number > 0 for number in made)
    on = "1 node" if nodes == 1 else f"{nodes} nodes"
    return f"{Phase.TRIALS.label} trials {sum(made)}/{campaign.planned}, made on {on}" if nodes else ""


@dataclass
class Listener:
    """Hears whether a campaign's owner lives, by this host's clock: a beat counts when it is seen to be new."""

    paths: StudyPaths
    campaign: str
    clock: Callable[[], float] = time.monotonic
    _last: object = None
    _heard_s: float = field(init=False)

    def __post_init__(self) -> None:
        self._heard_s = self.clock()

    def is_silent(self) -> bool:
        """Whether there was no new beat for too long, or another campaign has taken the study over."""
        heard = self._read()
        if heard is not None and heard["campaign"] != self.campaign:
            return True
        if heard is not None and heard != self._last:
            self._last, self._heard_s = heard, self.clock()
        return self.clock() - self._heard_s > SILENCE_S

    def _read(self) -> dict[str, object] | None:
        try:
            return dict(read_json(self.paths.heartbeat))
        except (OSError, ServebenchError):
            return None
