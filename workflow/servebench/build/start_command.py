"""The start command of a server.yaml: its placeholders, and the script ./run that fills them in."""

import re
import shlex
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path

import jinja2

from servebench.paths import RUN_SCRIPT

TEMPLATE = Path(__file__).with_name("run.sh.j2")
# More than any machine has use for.
MOST_PARALLEL = 1024
_PLACEHOLDER = re.compile(r"\{(\w*)\}")


class Placeholder(StrEnum):
    """What a start command leaves open; ./run takes the first four as options, the build knows the others."""

    HOST = "host"
    PORT = "port"
    WORKERS = "workers"
    THREADS = "threads"
    MODEL = "model"
    INFERENCE = "inference"
    PYTHON = "python"
    PACKAGE = "package"


# What ./run knows when it is started, as the shell writes it.
AT_START = {
    Placeholder.HOST: '"$host"',
    Placeholder.PORT: '"$port"',
    Placeholder.WORKERS: '"$parallelism"',
    Placeholder.THREADS: '"$parallelism"',
    Placeholder.MODEL: '"$here/model"',
    Placeholder.PACKAGE: '"$here"',
}


def placeholders_of(texts: Iterable[str]) -> set[Placeholder]:
    """The placeholders in these texts; raises ValueError where one is unknown or a quotation is not closed."""
    found = set()
    for text in texts:
        shlex.split(text)
        for name in _PLACEHOLDER.findall(text):
            if name not in set(Placeholder):
                known = ", ".join(f"{{{placeholder}}}" for placeholder in Placeholder)
                raise ValueError(f"unknown placeholder '{{{name}}}'; known: {known}")
            found.add(Placeholder(name))
    return found


def shell_command(command: str, values: Mapping[Placeholder, str]) -> str:
    """A command whose placeholders are replaced by `values`, which the shell reads; all else is taken as it stands."""
    return " ".join(shell_word(word, values) for word in shlex.split(command))


def shell_word(word: str, values: Mapping[Placeholder, str]) -> str:
    """One word of a command, likewise."""
    parts = _PLACEHOLDER.split(word)
    # Every second part is a placeholder's name.
    filled = [values[Placeholder(part)] if index % 2 else _quoted(part) for index, part in enumerate(parts)]
    return "".join(filled) or "''"


def _quoted(text: str) -> str:
    return shlex.quote(text) if text else ""


def write_run_script(
    folder: Path,
    start: str,
    environment: Mapping[str, str],
    parallelism: str,
    most_parallel: int,
    values: Mapping[Placeholder, str],
) -> None:
    """Write ./run, which starts the package from anywhere: it takes --host, --port and --workers or --threads.

    `values` are those placeholders that the build knows, as the shell reads them.
    """
    every = {**AT_START, **values}
    template = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False).from_string(  # noqa: S701
        TEMPLATE.read_text(encoding="utf-8")
    )
    script = folder / RUN_SCRIPT
    script.write_text(
        template.render(
            parallelism=parallelism,
            most_parallel=most_parallel,
            environment={name: shell_word(value, every) for name, value in environment.items()},
            command=shell_command(start, every),
        )
        + "\n",
        encoding="utf-8",
    )
    script.chmod(0o755)
