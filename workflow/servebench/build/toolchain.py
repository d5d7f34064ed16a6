"""Compilers and build tools of this machine."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from servebench.errors import ServebenchError

CANDIDATES = {"c": ("cc", "gcc", "clang"), "c++": ("c++", "g++", "clang++")}
NO_C_COMPILER = "no C compiler found (cc, gcc or clang)"
NO_COMPILER_REMEDY = "install one (Debian: apt install g++, macOS: xcode-select --install), then `make retry`"
VARIABLES = {"c": "CC", "c++": "CXX"}


def find_compiler(language: str) -> str | None:
    """The compiler that the environment names, else the first on the PATH, else None."""
    named = os.environ.get(VARIABLES[language])
    for candidate in (named,) if named else CANDIDATES[language]:
        path = shutil.which(candidate)
        if path:
            return path
    return None


def compiler_version(compiler: str) -> str:
    """The first line that the compiler prints of itself."""
    done = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).strip().splitlines()[0]


def run_tool(command: list[str]) -> None:
    """Run a C compiler or archiver on what we wrote; raises ServebenchError with its words where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ServebenchError(f"compiled code: `{' '.join(command[:3])} ..` failed: {done.stderr.strip()[:500]}")


def environment_tool(name: str) -> str:
    """A tool that stands beside this interpreter (cmake, ninja), else the one on the PATH."""
    beside = Path(sys.executable).parent / name
    return str(beside) if beside.exists() else (shutil.which(name) or name)
