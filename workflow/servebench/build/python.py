"""Packaging a Python server: its sources beside the model, run by this environment's interpreter."""

import shlex
import shutil
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from servebench.build.request import BuildRequest, write_run_script
from servebench.compiled.library import SHARED_LIBRARY


def build_python(request: BuildRequest) -> dict[str, Any]:
    """Fill the package folder; returns what the manifest says beside the status."""
    for source in sorted(request.source.glob("*.py")):
        shutil.copy2(source, request.folder / source.name)
    model = request.folder / "model"
    model.mkdir(exist_ok=True)
    if request.system.inference == "compiled":
        shutil.copy2(request.compiled / SHARED_LIBRARY, model / SHARED_LIBRARY)
    else:
        shutil.copy2(request.model / "model.joblib", model / "model.joblib")
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


def source_files(source: Path) -> list[Path]:
    """The files that make the package."""
    return sorted(source.glob("*.py"))
