"""The builders, by the word in server.yaml."""

from servebench.build.builder import Builder
from servebench.build.cmake import CMAKE
from servebench.build.command import COMMAND
from servebench.build.none import NONE
from servebench.build.python import PYTHON
from servebench.words import BuilderKind

BUILDERS: dict[BuilderKind, Builder] = {
    BuilderKind.NONE: NONE,
    BuilderKind.PYTHON: PYTHON,
    BuilderKind.CMAKE: CMAKE,
    BuilderKind.COMMAND: COMMAND,
}
