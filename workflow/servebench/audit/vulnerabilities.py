"""Known vulnerabilities of locked Python packages, asked of pip-audit."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ValidationError

from servebench.audit.locked import Package
from servebench.texts import visible

PROGRAM = "pip-audit"
# Of one answer of the service.
TIMEOUT_S = 15
# Of one file of packages.
PATIENCE_S = 900


@dataclass(frozen=True, order=True)
class Vulnerability:
    """One that is known of a package, and the versions that have it no more."""

    package: Package
    name: str
    mended_in: str


@dataclass(frozen=True)
class Findings:
    """What was found; `failure` says why not all packages were asked for, None where they were."""

    vulnerabilities: tuple[Vulnerability, ...]
    asked: int
    failure: str | None


class _Known(BaseModel):
    id: str
    fix_versions: list[str] = []


class _Dependency(BaseModel):
    name: str
    version: str = ""
    vulns: list[_Known] = []


class _Report(BaseModel):
    """What pip-audit prints."""

    dependencies: list[_Dependency]


def known_vulnerabilities(packages: Sequence[Package]) -> Findings:
    """Ask for packages of PyPI; what cannot be asked is a failure in one line, and no exception."""
    program = find_program()
    if program is None:
        return Findings((), 0, f"{PROGRAM} is not installed: `envs/bootstrap.sh dev` installs it")
    found: list[Vulnerability] = []
    asked = 0
    for part in one_version_each(packages):
        outcome = _ask(program, part)
        if isinstance(outcome, str):
            return Findings(tuple(found), asked, outcome)
        asked += len(part)
        found += outcome
    return Findings(tuple(sorted(found)), asked, None)


def find_program() -> str | None:
    """The pip-audit of this environment, else that of the PATH."""
    beside = Path(sys.executable).with_name(PROGRAM)
    return str(beside) if beside.exists() else shutil.which(PROGRAM)


def one_version_each(packages: Sequence[Package]) -> list[list[Package]]:
    """The packages in as few lists as hold no name twice, which pip-audit refuses."""
    parts: list[dict[str, Package]] = []
    for package in packages:
        part = next((part for part in parts if package.name not in part), None)
        if part is None:
            part = {}
            parts.append(part)
        part[package.name] = package
    return [list(part.values()) for part in parts]


def _ask(program: str, packages: Sequence[Package]) -> list[Vulnerability] | str:
    """What is known of them, or why nobody said."""
    with tempfile.TemporaryDirectory() as scratch:
        requirements = Path(scratch) / "requirements.txt"
        requirements.write_text("".join(f"{each.name}=={each.version}\n" for each in packages), encoding="utf-8")
        command = [
            *(program, "--requirement", str(requirements), "--no-deps", "--disable-pip", "--format", "json"),
            *("--progress-spinner", "off", "--timeout", str(TIMEOUT_S)),
        ]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        except subprocess.TimeoutExpired:
            return f"the vulnerability service did not answer within {PATIENCE_S} s: run `make audit` again"
    try:
        dependencies = _Report.model_validate_json(done.stdout).dependencies
    except ValidationError:
        said = visible((done.stderr.strip().splitlines() or ["it said nothing"])[-1], 200)
        return f"the vulnerability service could not be asked ({said}): run `make audit` where it can be reached"
    return [
        Vulnerability(Package(each.name, each.version, "PyPI"), known.id, ", ".join(known.fix_versions))
        for each in dependencies
        for known in each.vulns
    ]
