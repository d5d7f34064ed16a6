"""An environment for a Python server that brings packages of its own, made once for all that ask for the same.

`requirements.lock` names every package with its hash, such as `uv pip compile --universal --generate-hashes` writes it.
`requirements.txt` may say less; what reads the model is then installed in the version that wrote it.
"""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from servebench.build.request import Unavailable
from servebench.files import sha256_parts
from servebench.texts import visible

LOCK = "requirements.lock"
REQUIREMENTS = "requirements.txt"
# What wrote the model, and must read it.
MODEL_PACKAGES = ("joblib", "numpy", "scikit-learn", "scipy")
_STAMP = ".complete"
_ASK_VERSIONS = "import importlib.metadata as m, json, sys; print(json.dumps({n: m.version(n) for n in sys.argv[1:]}))"


def find_requirements(source: Path) -> Path | None:
    """The file by which a server asks for packages of its own; None where it takes those of this environment."""
    return next((source / name for name in (LOCK, REQUIREMENTS) if (source / name).exists()), None)


def environment_folder(requirements: Path, cache: Path) -> Path:
    """The folder of the environment that holds these packages, whether it is there or not."""
    key = sha256_parts([sys.executable, sys.version, *_constraints(), requirements.name, requirements.read_bytes()])
    return cache.resolve() / "environments" / key[:16]


def has_environment(requirements: Path, cache: Path) -> bool:
    """Whether it is there; an interpreter that is gone leaves a link to nothing."""
    folder = environment_folder(requirements, cache)
    return (folder / _STAMP).exists() and _python(folder).exists()


def package_count(source: Path) -> int:
    """How many packages a server asks for, with those that they ask for where they are locked."""
    requirements = find_requirements(source)
    lines = requirements.read_text(encoding="utf-8").splitlines() if requirements is not None else []
    return sum(line[:1].isalnum() for line in lines)


def environment_of(requirements: Path, cache: Path) -> str:
    """The interpreter of the environment that holds these packages, made where it is not there yet.

    Raises Unavailable where they cannot be installed.
    """
    folder = environment_folder(requirements, cache)
    with _locked(folder.with_suffix(".lock")):
        if not has_environment(requirements, cache):
            shutil.rmtree(folder, ignore_errors=True)
            _make(folder, _python(folder), requirements, cache)
            (folder / _STAMP).touch()
    return str(_python(folder))


def _python(folder: Path) -> Path:
    return folder / "bin" / "python"


def installed_versions(python: str, packages: Sequence[str]) -> dict[str, str]:
    """The versions of packages in an environment; raises Unavailable where one is not there."""
    done = subprocess.run([python, "-I", "-c", _ASK_VERSIONS, *packages], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Unavailable(_last_line(done.stderr), "name only what its requirements hold under `packages`")
    return dict(json.loads(done.stdout))


def _constraints() -> list[str]:
    return [f"{name}=={version(name)}" for name in MODEL_PACKAGES]


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One call at a time makes an environment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(folder: Path, python: Path, requirements: Path, cache: Path) -> None:
    uv = _find_uv(cache)
    if uv is None:
        venv = [sys.executable, "-m", "venv", str(folder)]
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    else:
        venv = [uv, "venv", "--quiet", "--python", sys.executable, str(folder)]
        install = [uv, "pip", "install", "--quiet", "--python", str(python), "--compile-bytecode"]
    _run(venv, requirements, cache)
    with tempfile.TemporaryDirectory() as scratch:
        _run([*install, *_what(requirements, Path(scratch)), "-r", str(requirements)], requirements, cache)


def _what(requirements: Path, scratch: Path) -> list[str]:
    """How strictly the file is taken."""
    if requirements.name == LOCK:
        return ["--require-hashes"]
    constraints = scratch / "constraints.txt"
    constraints.write_text("\n".join(_constraints()) + "\n", encoding="utf-8")
    return ["--constraint", str(constraints)]


def _find_uv(cache: Path) -> str | None:
    """The uv of the PATH, else the one that envs/bootstrap.sh fetched."""
    fetched = cache.resolve() / "uv" / "bin" / "uv"
    return shutil.which("uv") or (str(fetched) if fetched.exists() else None)


def _run(command: list[str], requirements: Path, cache: Path) -> None:
    # What we brought ourselves keeps its cache inside the checkout, as in envs/bootstrap.sh.
    environment = {"UV_CACHE_DIR": str(cache.resolve() / "uv-cache")} | os.environ
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    output = done.stdout + done.stderr
    print(f"$ {' '.join(command)}\n{output}", flush=True)
    if done.returncode != 0:
        place = f"servers/{requirements.parent.name}/{requirements.name}"
        raise Unavailable(
            f"the packages of {place} could not be installed: {_last_line(output)}",
            f"connect to the internet, or mend {place}, then `make retry`",
        )


def _last_line(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return visible(lines[-1], 300) if lines else "nothing was said"
