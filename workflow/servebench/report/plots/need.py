"""What a study must have for a plot: in words, by which key of its config, and what is missing where it has that."""

from collections.abc import Callable
from dataclasses import dataclass

from servebench.config import Config

# What no trial told, of plots that need the same of it.
NO_TRIAL = "no trial was measured"
NO_CLOSED_LOOP = "no trial of a closed loop was measured"
NO_PERCENTILE = "no percentile may be told, for want of trials, of requests beyond it, or of users who were all served"
NOT_METERED = "nothing meters the servers, as pid or container does of an endpoint"


def _every_study(_: Config) -> bool:
    return True


@dataclass(frozen=True)
class Need:
    """What a plot needs: `what` in words, and the `key` of the config that gives it; both empty where that is nothing.

    `untold` says what its trials lacked where a study has the key and yet nothing to draw.
    """

    untold: str = NO_TRIAL
    what: str = ""
    key: str = ""
    is_given: Callable[[Config], bool] = _every_study


def _loops(config: Config) -> list[bool]:
    """Of each load point whether its loop is open."""
    points = [*config.load_points, *(point for group in config.also for point in group.load_points)]
    return [point.is_open for point in points]


def _has_closed_loop(config: Config) -> bool:
    return not all(_loops(config))


def _has_open_loop(config: Config) -> bool:
    return any(_loops(config))


def _has_several_users(config: Config) -> bool:
    return any(len(users) > 1 for users in (config.users, *(group.users for group in config.also)))


ANYTHING = Need()
CLOSED_LOOP = Need(NO_CLOSED_LOOP, "a closed loop", "users", _has_closed_loop)
CLOSED_LOOP_PERCENTILES = Need(NO_PERCENTILE, "a closed loop", "users", _has_closed_loop)
OPEN_LOOP_PERCENTILES = Need(NO_PERCENTILE, "a rate, or an objective", "rates", _has_open_loop)
SEVERAL_USERS = Need(NO_CLOSED_LOOP, "two numbers of users at least", "users", _has_several_users)
METER = Need(NOT_METERED)
