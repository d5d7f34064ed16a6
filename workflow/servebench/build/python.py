"""Packaging a Python server: its sources beside the model, run by this environment's interpreter."""

import shlex
import shutil
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from servebench.build.builder import Builder
from servebench.build.request import BuildRequest, write_run_script
from servebench.compiled.library import SHARED_LIBRARY
from servebench.paths import MANIFEST, MODEL
from servebench.words import Inference


def _source_files(source: Path) -> list[Path]:
    return sorted(source.glob("*.py"))


def _build(request: BuildRequest) -> dict[str, Any]:
    """Put sources and model into the package."""
    for source in _source_files(request.source):
        shutil.copy2(source, request.folder / source.name)
    model = request.folder / "model"
    model.mkdir(exist_ok=True)
    if request.system.inference is Inference.COMPILED:
        shutil.copy2(request.compiled / SHARED_LIBRARY, model / SHARED_LIBRARY)
    else:
        for name in (MODEL, MANIFEST):
            shutil.copy2(request.model / name, model / name)
    interpreter = shlex.quote(sys.executable)
    write_run_script(
        request.folder,
        f'{interpreter} "$here/main.py" --model "$here/model" --inference {request.system.inference}',
    )
    return {
        "versions": {"python": _python_version(), **{name: version(name) for name in request.manifest.packages}},
        "interpreter": sys.executable,
        "flags": [],
    }


def _python_version() -> str:
    return ".".join(str(part) for part in sys.version_info[:3])


PYTHON = Builder(start_s=0.8, source_files=_source_files, build=_build)
