"""Packaging a Python server: its files, and the interpreter whose environment holds its packages."""

import sys
from importlib.metadata import version

from servebench.build.builder import Builder, Built
from servebench.build.python_environment import (
    LOCK,
    REQUIREMENTS,
    environment_of,
    find_requirements,
    installed_versions,
)
from servebench.build.request import BuildRequest
from servebench.build.sources import copy_sources, source_files

# What the report says of such a server.
UNHASHED = f"packages without hashes ({REQUIREMENTS})"


def _build(request: BuildRequest) -> Built:
    """Put the files into the package; the environment is this one where the server asks for no packages of its own."""
    requirements = find_requirements(request.source)
    packages = request.manifest.packages
    if requirements is None:
        python, versions = sys.executable, {name: version(name) for name in packages}
    else:
        python = environment_of(requirements, request.cache)
        versions = installed_versions(python, packages)
    copy_sources(request.system.server, request.manifest, request.source, request.folder)
    flags = [] if requirements is None or requirements.name == LOCK else [UNHASHED]
    return Built(versions={"python": _python_version(), **versions}, flags=flags, python=python)


def _python_version() -> str:
    return ".".join(str(part) for part in sys.version_info[:3])


PYTHON = Builder(start_s=0.8, source_files=source_files, build=_build)
