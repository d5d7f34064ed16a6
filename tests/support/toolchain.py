"""What this machine can build."""

from servebench.build.toolchain import find_compiler

HAS_COMPILER = find_compiler("c") is not None
# Under the address and undefined-behaviour sanitizers, warnings as errors.
SANITIZED = {"CMAKE_BUILD_TYPE": "Debug", "SERVEBENCH_SANITIZE": "ON", "SERVEBENCH_WERROR": "ON"}
