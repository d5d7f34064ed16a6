"""A library without a model, with which a server is compiled before there is one."""

import shutil
from pathlib import Path

from servebench.build.request import Unavailable
from servebench.build.toolchain import NO_C_COMPILER, NO_COMPILER_REMEDY, find_compiler, run_tool
from servebench.compiled.library import HEADER, STATIC_LIBRARY

SOURCE = Path(__file__).with_name("stand_in.c")


def compile_stand_in(folder: Path) -> None:
    """Write the static library and its header into `folder`; raises Unavailable without a C compiler."""
    compiler = find_compiler("c")
    if compiler is None:
        raise Unavailable(NO_C_COMPILER, NO_COMPILER_REMEDY)
    shutil.copy2(HEADER, folder / HEADER.name)
    compiled = folder / "stand_in.o"
    run_tool([compiler, "-std=c11", "-fPIC", "-c", str(SOURCE), "-o", str(compiled)])
    run_tool(["ar", "rcs", str(folder / STATIC_LIBRARY), str(compiled)])
    compiled.unlink()
