"""oha: closed and open loops in Rust, for whoever wants a second opinion; it compares no answers.

Of an open loop it does not say which requests found no free connection.
"""

import json
import math
import re
import shutil
import sqlite3
import subprocess
from collections import Counter

from servebench.build.request import Unavailable
from servebench.errors import ServebenchError
from servebench.generator.protocol import LoadResult, LoadSpecification, Second
from servebench.generator.recorder import count_quantized
from servebench.generator.timetable import Timetable

# From its start to its first request; measured, 12 to 36 ms.
LEAD_S = 0.025
AWAITS_START = False


def find() -> dict[str, str]:
    """The version of the oha on the PATH; raises Unavailable without one."""
    path = shutil.which("oha")
    if path is None:
        raise Unavailable("oha is not on the PATH", "install oha (cargo install oha, brew install oha)")
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"oha (\S+)", said.stdout)
    return {"oha": found[1] if found else "unknown"}


def command(spec: LoadSpecification, duration_s: float, start_s: float) -> list[str]:  # noqa: ARG001 - it starts at once
    """The command that sends load for `duration_s`; oha sends as soon as it has started."""
    timetable = None if spec.timetable is None else Timetable.of(spec.timetable)
    pace = [] if timetable is None else ["-q", f"{timetable.first_rps:g}", "--latency-correction"]
    return [
        *("oha", "--no-tui", "--output-format", "json", "--db-url", _database(spec), "-c", str(spec.users)),
        *("-z", f"{round(duration_s * 1000)}ms", "-t", f"{round(spec.timeout_s * 1000)}ms", "-w", *pace),
        *("-m", spec.method, *(text for header in spec.headers.items() for text in ("-H", ": ".join(header)))),
        *("-Z", spec.payloads, f"{spec.url}{spec.path}"),
    ]


def _database(spec: LoadSpecification) -> str:
    return spec.result + ".sqlite"


def read(spec: LoadSpecification, output: str, usage_s: float) -> LoadResult:
    """What oha counted: each answered request from its database, the errors from its report."""
    start = output.find("{")
    if start < 0:
        raise ServebenchError(f"oha printed no report: {output.strip()[-300:]}")
    report, _ = json.JSONDecoder().raw_decode(output[start:])
    origin = "start" if spec.timetable is None else "coalesce(start_latency_correction, start)"
    with sqlite3.connect(_database(spec)) as connection:
        rows = connection.execute(f"SELECT {origin}, end, status FROM oha").fetchall()  # noqa: S608 - no input
    connection.close()
    decisive = 1 if spec.timetable is None else 0
    counted = [row for row in rows if row[decisive] < spec.duration_s]
    latencies_ns = [_latency_ns(begin, end) for begin, end, status in counted if status == 200]
    errors = Counter(f"status_{status}" for _, _, status in counted if status != 200)
    errors.update({str(kind): int(count) for kind, count in report["errorDistribution"].items()})
    return LoadResult(
        requests=len(latencies_ns),
        errors=dict(errors),
        latency_sum_ns=sum(latencies_ns),
        latency_min_ns=min(latencies_ns, default=None),
        latency_max_ns=max(latencies_ns, default=None),
        latencies_ns=count_quantized(latencies_ns),
        series=_series(counted, spec.duration_s),
        answers_checked=0,
        cpu_s=usage_s,
        busiest_cpu_s=usage_s,
    )


def _series(rows: list[tuple[float, float, int]], duration_s: float) -> list[Second]:
    """What ended in each second."""
    last = math.ceil(duration_s) - 1
    good_ns: list[list[int]] = [[] for _ in range(last + 1)]
    bad = [0] * (last + 1)
    for begin, end, status in rows:
        second = min(int(end), last)
        if status == 200:
            good_ns[second].append(_latency_ns(begin, end))
        else:
            bad[second] += 1
    return [Second(len(good), errors, max(good, default=None)) for good, errors in zip(good_ns, bad, strict=True)]


def _latency_ns(begin_s: float, end_s: float) -> int:
    return max(1, round((end_s - begin_s) * 1e9))
