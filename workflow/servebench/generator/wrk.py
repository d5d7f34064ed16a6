"""wrk: a closed loop in C, for whoever wants a second opinion; it compares no answers and has no open loop.

Its histogram is in microseconds. wrk adds made-up samples to it ("correction" for coordinated omission, `stats_correct`
in src/stats.c of wrk 4.0 to 4.2); they are taken out again here, exactly, so that it holds the requests that were sent.
"""

import math
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

from servebench.build.request import Unavailable
from servebench.errors import ServebenchError
from servebench.generator.protocol import LoadResult, LoadSpecification
from servebench.histogram import quantize_ns

# It reads all payloads first, then waits: the script knows the start.
LEAD_S = 0.4
AWAITS_START = True
SCRIPT = Path(__file__).with_name("wrk.lua")


def find() -> dict[str, str]:
    """The version of the wrk on the PATH; raises Unavailable without one."""
    path = shutil.which("wrk")
    if path is None:
        raise Unavailable("wrk is not on the PATH", "install wrk (apt-get install wrk, brew install wrk)")
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"wrk (\S+)", said.stdout + said.stderr)
    return {"wrk": found[1] if found else "unknown"}


def command(spec: LoadSpecification, duration_s: float, start_s: float) -> list[str]:
    """The command that sends load from `start_s` (monotonic) for `duration_s`, in whole seconds."""
    threads = min(int(spec.options["threads"]), spec.users)
    return [
        *("wrk", f"-t{threads}", f"-c{spec.users}", f"-d{math.ceil(duration_s)}s"),
        *(f"--timeout={math.ceil(spec.timeout_s)}s", "-s", str(SCRIPT), spec.url),
        *("--", spec.payloads, str(spec.first_payload), str(int(start_s * 1e9)), spec.result, str(threads)),
        *(spec.method, spec.path, *(text for header in spec.headers.items() for text in header)),
    ]


def read(spec: LoadSpecification, output: str, usage_s: float) -> LoadResult:  # noqa: ARG001 - its CPU is in the output
    """What wrk counted; its timed-out requests have no answer and its bad ones no kind but `status`."""
    found = re.findall(r"^(cpu_end_ns|duration_us|requests) (\d+)$", output, re.M)
    numbers = {name: int(value) for name, value in found}
    errors = {kind: int(n) for kind, n in re.findall(r"^error (\w+) (\d+)$", output, re.M) if int(n)}
    raw = Counter({int(us): int(n) for us, n in re.findall(r"^latency (\d+) (\d+)$", output, re.M)})
    if len(numbers) != 3:
        raise ServebenchError(f"wrk printed no counts: {output.strip()[-300:]}")
    answers = numbers["requests"]
    counts_us = without_correction(raw, answers, numbers["duration_us"], spec.users)
    latencies = Counter[int]()
    for value_us, count in counts_us.items():
        latencies[quantize_ns(max(1, value_us * 1000))] += count
    cpu_s = (numbers["cpu_end_ns"] - int(Path(spec.result + ".cpu").read_text(encoding="utf-8"))) / 1e9
    good = answers - errors.get("status", 0)
    return LoadResult(
        requests=good,
        errors=errors,
        latency_sum_ns=sum(value_us * 1000 * count for value_us, count in counts_us.items()),
        latency_min_ns=min(counts_us) * 1000 if counts_us else None,
        latency_max_ns=max(counts_us) * 1000 if counts_us else None,
        latencies_ns=sorted(latencies.items()),
        series=[],
        answers_checked=0,
        cpu_s=cpu_s,
        busiest_cpu_s=cpu_s / int(spec.options["threads"]),
        window_s=numbers["duration_us"] / 1e6,
    )


def without_correction(counts_us: Counter[int], requests: int, duration_us: int, connections: int) -> Counter[int]:
    """The histogram without the samples it made up; raises ServebenchError where the books do not balance.

    For each latency of at least twice the mean interval of a connection, wrk added one sample for every
    interval that it lasted. Undone from the largest latency down, this gives back exactly what was measured.
    """
    counts = Counter(counts_us)
    if requests and requests // connections:
        interval_us = duration_us // (requests // connections)
        # wrk lists nothing below the least latency that was measured, so made-up samples there are not seen.
        least_us = min(counts, default=0)
        for value_us in range(max(counts, default=0), 2 * interval_us - 1, -1):
            made_up = counts.get(value_us, 0)
            if made_up:
                for earlier_us in range(value_us - interval_us, max(interval_us, least_us - 1), -interval_us):
                    counts[earlier_us] -= made_up
    found = Counter({value_us: count for value_us, count in counts.items() if count})
    if sum(found.values()) != requests or min(found.values(), default=0) < 0:
        raise ServebenchError(f"wrk's histogram holds {sum(found.values()):,} samples of {requests:,} requests")
    return found
