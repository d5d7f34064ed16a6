"""What a call asks of a study otherwise than the last call did."""

from typing import Any

from servebench.config import Config, load_config
from servebench.errors import ServebenchError
from servebench.paths import StudyPaths


def describe_changed(config: Config, paths: StudyPaths) -> str:
    """The keys whose values are others than in the study's own config, with those values, and how to go on with them.

    Empty where there is no last call, or one of a version whose config is not read any more.
    """
    try:
        last, now = (found.model_dump(mode="json") for found in (load_config(paths.config), config.without_permission))
    except ServebenchError:
        return ""
    keys = [_told(key, value) for key, value in last.items() if value != now[key]]
    return f"the last call had {', '.join(keys)}; CONFIG={paths.config} goes on with it" if keys else ""


def _told(key: str, value: Any) -> str:
    """The key, with what it was where that is a number, a word or a list of them."""
    values = value if isinstance(value, list) else [value]
    is_short = values and all(isinstance(part, bool | int | float | str) for part in values)
    return f"{key} {', '.join(map(str, values))}" if is_short else key
