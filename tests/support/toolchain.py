"""What this machine can build."""

from servebench.build.toolchain import find_compiler

HAS_COMPILER = find_compiler("c") is not None
