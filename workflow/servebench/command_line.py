"""What is wrong with a call of snakemake is said in one line, before Snakemake reads its files and options itself."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from servebench.compare.keys import KEYS as COMPARISON_KEYS
from servebench.config import Config
from servebench.config_words import suggest
from servebench.errors import ServebenchError, describe_os_error
from servebench.files import read_json, read_yaml
from servebench.model.definition import FILE_KEYS
from servebench.texts import visible_lines

DEFAULT = Path("config/config.yaml")
KNOWN_KEYS = (*Config.model_fields, *FILE_KEYS)


def check_command_line(arguments: Sequence[str], default: Path = DEFAULT) -> None:
    """Look at the config's files and entries of a call; a mistake ends the process with one line and code 1."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("--mode")
    parser.add_argument("--configfile", "--configfiles", nargs="+", action="append", default=[], type=Path)
    parser.add_argument("--config", "-C", nargs="*", action="append", default=[])
    try:
        options, _ = parser.parse_known_args(list(arguments))
    except argparse.ArgumentError:
        # Snakemake says what is wrong with an option.
        return
    if options.mode is not None:
        # A job of Snakemake's: its call was checked, and its entries are encoded.
        return
    try:
        for path in (default, *_only("--configfile", options.configfile)):
            _check_file(path)
        for entry in _only("--config", options.config):
            _check_entry(entry)
    except ServebenchError as error:
        sys.exit(visible_lines(f"servebench: {error}"))


def _only(option: str, given: list[list[Any]]) -> list[Any]:
    """The values of an option; raises ServebenchError where it is given twice: Snakemake would forget the first."""
    if len(given) > 1:
        values = " ".join(str(value) for values in given for value in values)
        raise ServebenchError(f"{option} is given twice, of which only the last would count: write {option} {values}")
    return [value for values in given for value in values]


def _check_file(path: Path) -> None:
    """Raise ServebenchError where a file holds no configuration."""
    try:
        value = read_json(path, "mend it") if path.suffix == ".json" else read_yaml(path, "mend this line")
    except FileNotFoundError:
        raise ServebenchError(f"{path} does not exist: presets stand in config/, such as config/sweep.yaml") from None
    except IsADirectoryError:
        raise ServebenchError(f"{path} is a folder: name a file in it") from None
    except OSError as error:
        raise ServebenchError(describe_os_error(error) or f"{path} cannot be read: {error.strerror}") from None
    if not isinstance(value, dict):
        raise ServebenchError(f"{path} holds no keys with values: write it like config/config.yaml")


def _check_entry(entry: str) -> None:
    """Raise ServebenchError where an entry of --config is no key with a value."""
    key, equals, value = entry.partition("=")
    if not key or not equals:
        missing = "value" if key else "key"
        raise ServebenchError(f"--config {entry}: a {missing} is missing: write it like 'users=[1,10]'")
    if key not in (*KNOWN_KEYS, *COMPARISON_KEYS):
        raise ServebenchError(f"--config {entry}: unknown key '{key}'{suggest(key, KNOWN_KEYS)}")
    try:
        is_empty = value != "" and yaml.load(value, yaml.BaseLoader) is None  # noqa: S506
    except yaml.YAMLError:
        return
    if is_empty:
        raise ServebenchError(f"--config {entry}: a value is missing: leave the key out for its default")
