"""A campaign's sign of life in the study's folder, for its blocks on other hosts; and what they do without it."""

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from servebench.campaign import Campaign, is_stopped
from servebench.errors import ServebenchError
from servebench.files import read_json, write_json
from servebench.paths import StudyPaths

BEAT_S = 5.0
# A shared file system may show a change a minute late.
SILENCE_S = 120.0


def start_beating(paths: StudyPaths, campaign: Campaign) -> None:
    """Show until this process ends that it lives; where a job stopped the campaign, end it as a signal would."""
    threading.Thread(target=_beat, args=(paths, campaign), daemon=True).start()


def _beat(paths: StudyPaths, campaign: Campaign) -> None:
    number = 0
    while not is_stopped(paths, campaign):
        write_json(paths.heartbeat, {"campaign": campaign.name, "beat": number})
        number += 1
        time.sleep(BEAT_S)
    os.kill(os.getpid(), signal.SIGTERM)


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
