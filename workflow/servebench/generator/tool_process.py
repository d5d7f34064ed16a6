"""A load tool of others behind our protocol: `wrk` or `oha`, warmed up by one run of it and measured by another."""

import argparse
import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType

from servebench.errors import ServebenchError
from servebench.files import write_json
from servebench.generator.protocol import CANNOT_GREET, LoadResult, LoadSpecification
from servebench.generator.tools import TOOLS
from servebench.words import GeneratorKind

# The warm-up is asked for longer than it lasts and killed at its end, which is exact.
WARMUP_EXCESS_S = 60.0


def run(tool: ModuleType, spec: LoadSpecification) -> None:
    """Warm up until the window starts, then measure."""
    print("ready", flush=True)
    sys.stdin.readline()
    # Each run of the tool makes connections of its own.
    print(CANNOT_GREET, flush=True)
    start_s = int(sys.stdin.readline()) / 1e9
    window_s = start_s + spec.warmup_s
    with ExitStack() as running:
        if spec.warmup_s > 0:
            warmup = _start(tool.command(spec, spec.warmup_s + WARMUP_EXCESS_S, start_s))
            running.callback(_end, warmup)
            _sleep_until(window_s - tool.LEAD_S)
            if not tool.AWAITS_START:
                running.close()
        process = _start(tool.command(spec, spec.duration_s, window_s))
        _sleep_until(window_s)
    write_json(Path(spec.result), _collect(tool, spec, process).as_dict())


def _start(command: list[str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _end(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.communicate()


def _collect(tool: ModuleType, spec: LoadSpecification, process: "subprocess.Popen[str]") -> LoadResult:
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    code = process.returncode = os.waitstatus_to_exitcode(status)
    if code != 0:
        raise ServebenchError(f"ended with code {code}")
    result = tool.read(spec, output, usage.ru_utime + usage.ru_stime)
    assert isinstance(result, LoadResult)
    return result


def _sleep_until(at_s: float) -> None:
    time.sleep(max(0.0, at_s - time.monotonic()))


def main() -> None:
    """Read the tool's name and the specification's path from the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("tool", type=GeneratorKind, choices=list(TOOLS))
    parser.add_argument("specification", type=Path)
    arguments = parser.parse_args()
    spec = LoadSpecification(**json.loads(arguments.specification.read_text(encoding="utf-8")))
    try:
        run(TOOLS[arguments.tool], spec)
    except (ServebenchError, OSError) as error:
        sys.exit(f"{arguments.tool}: {error}")


if __name__ == "__main__":
    main()
