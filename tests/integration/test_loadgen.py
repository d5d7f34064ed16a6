"""The native generator as the harness runs it, and against servers that misbehave."""

import contextlib
import csv
import dataclasses
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from servebench.calibrate.servers import NULL_SERVER, build_program, start_program
from servebench.errors import ServebenchError
from servebench.generator import native
from servebench.generator.build import build_generator
from servebench.generator.protocol import LoadResult, LoadSpecification
from servebench.generator.registry import LOCUST_PROCESS
from servebench.generator.timetable import Timetable
from servebench.generator.told_second import from_line
from servebench.histogram import histogram_of, percentiles_ms
from servebench.load_point import ClosedLoop
from servebench.paths import CACHE, SERIES
from servebench.pipe_lines import PipeLines
from servebench.protocol.wire import whole_answer
from servebench.trial.generator_processes import GeneratorProcesses
from servebench.trial.load_shares import Load
from servebench.trial.local_processes import LocalProcesses
from servebench.trial.processes import ProcessGroups
from servebench.trial.run import run_trial
from servebench.trial.server import free_port
from support.packages import default_config, make_fault_package, make_package, trial_request
from support.toolchain import HAS_COMPILER, SANITIZED

pytestmark = pytest.mark.skipif(not HAS_COMPILER, reason="no C++ compiler on this machine")
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n"
BODY = b'{"prediction":0}'
ELSEWHERE = {
    "method": "PUT",
    "path": "/v2/models/m/infer?x=1",
    "headers": {"X-Key": "a b", "Content-Type": "text/json"},
}
# No bytes: pieces of an answer may be empty.
END = object()


@pytest.fixture(scope="session")
def loadgen(tmp_path_factory):
    folder = tmp_path_factory.mktemp("loadgen")
    manifest = build_generator("native", default_config().generator_catalogue["native"], folder, CACHE)
    if manifest["status"] != "built":
        pytest.skip(manifest["reason"])
    return folder / "loadgen"


@pytest.fixture(scope="session")
def sanitized(tmp_path_factory):
    """The generator under the sanitizers."""
    executable = tmp_path_factory.mktemp("sanitized") / "loadgen"
    dataclasses.replace(native.PROJECT, options=SANITIZED).build("loadgen", executable, CACHE)
    return executable


class Answering:
    """A server on threads that answers each request as `respond` says; None closes the connection.

    `accepted` connections; `accept_s` passes before each. The piece END ends what it sends, the connection stays open.
    """

    def __init__(self, respond, family=socket.AF_INET, host="127.0.0.1", accept_s=0.0):
        self.respond = respond
        self.accept_s = accept_s
        self.accepted = 0
        self.last_request = b""
        self.listener = socket.create_server((host, 0), family=family, backlog=128)
        self.port = self.listener.getsockname()[1]
        self.count = 0
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            time.sleep(self.accept_s)
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.accepted += 1
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        buffer = b""
        try:
            with connection:
                while data := connection.recv(65536):
                    buffer += data
                    while b"}" in buffer:
                        self.last_request, _, buffer = buffer.partition(b"}")
                        self.count += 1
                        pieces = self.respond(self.count)
                        if pieces is None:
                            return
                        for piece in pieces:
                            connection.shutdown(socket.SHUT_WR) if piece is END else connection.sendall(piece)
        except OSError:
            pass

    def close(self):
        self.listener.close()


def run(
    executable,
    tmp_path,
    port,
    host="127.0.0.1",
    threads=1,
    spins=False,
    golden='{"prediction":0}',
    golden_line=None,
    rate_rps=None,
    during=None,
    told=None,
    **changes,
):
    """Run the native generator, or Locust where the executable is a class of its users; without `golden` none is known.

    `during` gets its process when the window starts; to `told` is added what it says of its seconds.
    """
    is_locust = isinstance(executable, str)
    command = [sys.executable, "-m", LOCUST_PROCESS] if is_locust else [executable]
    (tmp_path / "payloads.jsonl").write_text("".join(f'{{"features":[{n}]}}\n' for n in range(100)))
    known = "" if golden is None else ((golden_line or whole_answer(golden)) + "\n") * 10
    (tmp_path / "golden.jsonl").write_text(known)
    values = {
        "users": 2,
        "timetable": None,
        "arrivals": "constant",
        "seed": 1,
        "think_time_s": 0.0,
        "warmup_s": 0.1,
        "ramp_s": changes.get("warmup_s", 0.1) / 2,
        "duration_s": 1.0,
        "timeout_s": 5.0,
        "first_payload": 0,
        "method": "POST",
        "path": "/predict",
        "headers": {"Content-Type": "application/json"},
        **changes,
    }
    if rate_rps is not None:
        length_s = values["warmup_s"] + values["duration_s"]
        values["timetable"] = Timetable.constant(rate_rps, length_s).knots
    specification = LoadSpecification(
        host=host,
        port=port,
        payloads=str(tmp_path / "payloads.jsonl"),
        golden=str(tmp_path / "golden.jsonl"),
        result=str(tmp_path / "result.json"),
        options={"user_class": executable} if is_locust else {"threads": threads, "spins": spins},
        **values,
    )
    path = tmp_path / "specification.json"
    path.write_text(json.dumps(specification.as_dict()))
    with subprocess.Popen(
        [*command, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "ready\n"
        print("greet", file=process.stdin, flush=True)
        greeted = process.stdout.readline().removeprefix("greeted ")
        print(time.monotonic_ns() + 100_000_000, file=process.stdin, flush=True)
        if during is not None:
            time.sleep(0.1 + values["warmup_s"])
            during(process)
        said, errors = process.communicate(timeout=30)
    if told is not None:
        told += [from_line(line.encode()) for line in said.splitlines()]
    assert process.returncode == 0, errors
    assert is_locust or errors == ""
    result = LoadResult.from_dict(json.loads(Path(specification.result).read_text()))
    return dataclasses.replace(result, connections_greeted=int(greeted))


@pytest.fixture
def serve():
    servers = []

    def start(respond, **options):
        servers.append(Answering(respond, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.mark.parametrize("threads", [1, 2])
def test_a_closed_loop_counts_checks_and_adds_up(sanitized, tmp_path, serve, threads):
    server = serve(lambda _: [OK + BODY])
    result = run(sanitized, tmp_path, server.port, threads=threads, users=5)
    assert result.requests > 50
    assert result.errors == {}
    assert sum(count for _, count in result.latencies_ns) == result.requests
    assert sum(second.good for second in result.series) == result.requests
    assert max(second.slowest_ns for second in result.series) == result.latency_max_ns
    assert result.latency_min_ns <= result.latency_sum_ns / result.requests <= result.latency_max_ns
    assert result.answers_checked == pytest.approx(result.requests / 10, rel=0.2)
    assert 0 < result.busiest_cpu_s <= result.cpu_s


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("rate_rps", [None, 300.0])
def test_users_greet_a_server_that_accepts_slowly_and_keep_their_connections(
    sanitized, tmp_path, serve, threads, rate_rps
):
    server = serve(lambda _: [OK + BODY], accept_s=0.02)
    result = run(sanitized, tmp_path, server.port, users=30, threads=threads, rate_rps=rate_rps, think_time_s=0.05)
    assert result.connections_greeted == server.accepted == 30
    assert result.reconnects == 0
    assert result.errors == {}


@pytest.mark.parametrize("user_class", ["FastHttpUser", "HttpUser"])
@pytest.mark.parametrize("rate_rps", [None, 100.0])
def test_users_of_locust_greet_and_keep_their_connections(tmp_path, serve, user_class, rate_rps):
    server = serve(lambda _: [OK + BODY], accept_s=0.02)
    result = run(user_class, tmp_path, server.port, users=20, rate_rps=rate_rps, think_time_s=0.05, duration_s=2.0)
    assert result.connections_greeted == server.accepted == 20
    assert result.reconnects == 0
    assert result.errors == {}
    assert result.requests > 100


def test_users_of_locust_who_were_not_greeted_stay_in_the_load(tmp_path, serve):
    server = serve(lambda _: [OK + BODY], accept_s=0.1)
    result = run("FastHttpUser", tmp_path, server.port, users=20, greeting_s=0.55, duration_s=1.0)
    assert 3 <= result.connections_greeted <= 6
    assert server.accepted > 12
    assert result.in_flight >= 20 - server.accepted
    assert sum(count for _, count in result.unanswered_ages_ns) == result.in_flight


def test_who_was_not_greeted_in_time_stays_in_the_load_and_is_counted(sanitized, tmp_path, serve):
    server = serve(lambda _: [OK + BODY], accept_s=0.1)
    result = run(sanitized, tmp_path, server.port, users=20, greeting_s=0.55, duration_s=1.0)
    assert 3 <= result.connections_greeted <= 6
    assert server.accepted > 12
    # Those that the server had not accepted at the end: their requests are on their way since the greeting.
    assert result.in_flight >= 20 - server.accepted
    assert sum(count for age, count in result.unanswered_ages_ns if age > 1_000_000_000) >= 20 - server.accepted - 1


@pytest.mark.parametrize("generator", ["native", "FastHttpUser"])
@pytest.mark.parametrize("rate_rps", [None, 100.0])
def test_a_dead_server_greets_nobody_and_keeps_nobody_waiting(sanitized, tmp_path, generator, rate_rps):
    started = time.monotonic()
    executable = sanitized if generator == "native" else generator
    result = run(executable, tmp_path, free_port(), rate_rps=rate_rps, users=20)
    assert result.connections_greeted == result.requests == 0
    assert time.monotonic() - started < 8
    if rate_rps:
        books = result.open_loop
        assert books.scheduled == sum(result.errors.values()) + result.in_flight + books.unsent == 100


def test_several_processes_of_locust_greet_for_all_their_users(cancer_model, tmp_path):
    package = make_fault_package("none", cancer_model, tmp_path / "package")
    request = trial_request(package, cancer_model, tmp_path / "trials", users=12, generator="locust")
    generator = request.settings.generator.model_copy(update={"processes": 2})
    settings = request.settings.model_copy(update={"generator": generator})
    load = run_trial(dataclasses.replace(request, settings=settings), None).load
    assert (load.connections, load.connections_greeted, load.reconnects) == (12, 12, 0)


@pytest.mark.parametrize("arrivals", ["constant", "poisson"])
@pytest.mark.parametrize("threads", [1, 2])
def test_an_open_loop_keeps_its_rate_and_its_books(sanitized, tmp_path, serve, arrivals, threads):
    server = serve(lambda _: [OK + BODY])
    result = run(sanitized, tmp_path, server.port, rate_rps=200.0, arrivals=arrivals, users=8, threads=threads)
    books = result.open_loop
    assert books.scheduled == result.requests + sum(result.errors.values()) + result.in_flight + books.unsent
    # Five standard deviations of a Poisson count of 200.
    assert books.scheduled == pytest.approx(200, abs=1 if arrivals == "constant" else 70)
    assert books.unsent == 0


def test_a_schedule_is_seeded(sanitized, tmp_path, serve):
    server = serve(lambda _: [OK + BODY])
    counts = [
        run(sanitized, tmp_path, server.port, rate_rps=300.0, arrivals="poisson", seed=seed).open_loop.scheduled
        for seed in (1, 1, 2, 3)
    ]
    assert counts[0] == counts[1]
    assert len(set(counts)) > 1


@pytest.mark.parametrize("threads", [1, 3])
def test_a_rate_may_change_over_the_window(sanitized, tmp_path, serve, threads):
    server = serve(lambda _: [OK + BODY])
    timetable = [(0.0, 100.0), (0.1, 100.0), (1.1, 500.0), (2.1, 500.0)]
    result = run(sanitized, tmp_path, server.port, timetable=timetable, duration_s=2.0, users=8, threads=threads)
    assert result.open_loop.scheduled == pytest.approx(300 + 500, abs=1)
    assert [second.good for second in result.series] == pytest.approx([300, 500], rel=0.1)


def test_a_stall_shows_in_an_open_loop_and_not_in_a_closed_one(loadgen, tmp_path, serve):
    def respond(number):
        if number == 60:
            time.sleep(0.5)
        return [OK + BODY]

    slow = run(loadgen, tmp_path, serve(respond).port, rate_rps=100.0, users=1, duration_s=1.5)
    closed = run(loadgen, tmp_path, serve(respond).port, users=1, duration_s=1.5)
    share = {
        name: sum(count for value, count in result.latencies_ns if value > 50_000_000) / result.requests
        for name, result in (("open", slow), ("closed", closed))
    }
    # Half a second of 1.5 s were late: nearly a third of the intended requests, one of the closed loop's.
    assert share["open"] > 0.2
    assert share["closed"] < 0.01
    assert slow.open_loop.waited_for_connection > 20


@pytest.mark.parametrize("spins", [False, True])
def test_what_waits_for_a_connection_is_not_the_generators_lateness(sanitized, tmp_path, serve, spins):
    def respond(_):
        time.sleep(0.05)
        return [OK + BODY]

    # One connection that is busy half of the time: half of the arrivals find it so.
    server = serve(respond)
    result = run(
        sanitized, tmp_path, server.port, rate_rps=10.0, duration_s=4.0, arrivals="poisson", users=1, spins=spins
    )
    books = result.open_loop
    assert 0.2 * books.scheduled < books.waited_for_connection < 0.8 * books.scheduled
    # Of every arrival: of one that waited, since its connection became free.
    assert sum(count for _, count in books.send_delays_ns) == books.scheduled - books.unsent
    # Had waiting counted as lateness, it would be so for a quarter of all.
    assert sum(count for delay_ns, count in books.send_delays_ns if delay_ns > 30_000_000) < 0.1 * books.scheduled


def stop_for(seconds, after=0.2):
    """Stops a process for a while: it finds the world changed."""

    def during(process):
        time.sleep(after)
        process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        process.send_signal(signal.SIGCONT)

    return during


@pytest.mark.parametrize("spins", [False, True])
def test_a_stall_of_the_generator_is_not_the_servers_overload(loadgen, tmp_path, serve, spins):
    """What the sockets hold is read before arrivals are started: connections look as free as they are."""
    server = serve(lambda _: [OK + BODY])
    result = run(
        loadgen, tmp_path, server.port, rate_rps=200.0, users=40, duration_s=2.0, spins=spins, during=stop_for(0.15)
    )
    books = result.open_loop
    # Thirty arrivals fell into the stall, for which there were forty connections: late, and none of them waited.
    late = sum(count for delay, count in books.send_delays_ns if delay > 10_000_000)
    assert 20 <= late <= 60
    assert books.waited_for_connection <= 5


@pytest.mark.parametrize("seconds", [0.3, 3.0])
def test_arrivals_of_a_stall_over_the_windows_end_are_in_the_books(loadgen, tmp_path, serve, seconds):
    server = serve(lambda _: [OK + BODY])
    stop = stop_for(seconds, after=0.9)
    result = run(loadgen, tmp_path, server.port, rate_rps=100.0, users=4, duration_s=1.0, during=stop)
    books = result.open_loop
    assert books.scheduled == 100
    assert books.scheduled == result.requests + result.in_flight + books.unsent
    assert (books.unsent > 0) == (seconds > 2.0)


def test_a_generator_that_spins_sees_what_was_taken_from_it(loadgen, tmp_path, serve):
    server = serve(lambda _: [OK + BODY])
    result = run(loadgen, tmp_path, server.port, users=4, duration_s=2.0, spins=True, during=stop_for(0.3))
    print(f"gaps {result.gap_total_s:.4f} s, longest {result.gap_longest_s:.4f} s of 2 s")
    assert result.is_spinning
    assert 0.28 < result.gap_longest_s < 0.5
    assert result.gap_longest_s <= result.gap_total_s


def run_queue_s(process):
    """How long a process has waited for a CPU so far."""
    return int(Path(f"/proc/{process.pid}/schedstat").read_text().split()[1]) / 1e9


@pytest.mark.parametrize("is_disturbed", [False, True])
def test_gaps_are_what_the_kernel_says_that_it_waited_for_its_cpu(loadgen, tmp_path, serve, is_disturbed):
    """Quiet, or with a competitor on its CPU; this machine may be busy by itself, which both say."""
    server = serve(lambda _: [OK + BODY])
    cpu = max(os.sched_getaffinity(0))
    waited_s = []

    def compete(process):
        os.sched_setaffinity(process.pid, {cpu})
        waited_s.append(run_queue_s(process))
        with contextlib.ExitStack() as running:
            if is_disturbed:
                competitor = running.enter_context(subprocess.Popen([sys.executable, "-c", "while True: pass"]))
                running.callback(competitor.kill)
                os.sched_setaffinity(competitor.pid, {cpu})
            time.sleep(1.4)
        waited_s.append(run_queue_s(process))

    result = run(loadgen, tmp_path, server.port, rate_rps=200.0, spins=True, duration_s=1.5, during=compete)
    expected_s = waited_s[1] - waited_s[0]
    print(f"gaps {result.gap_total_s:.4f} s, in the run-queue {expected_s:.4f} s of 1.5 s")
    assert result.gap_total_s == pytest.approx(expected_s, rel=0.15, abs=0.1)
    assert not is_disturbed or result.gap_total_s > 0.3


def test_a_generator_that_sleeps_tells_no_gaps(loadgen, tmp_path, serve):
    result = run(loadgen, tmp_path, serve(lambda _: [OK + BODY]).port, users=2)
    assert (result.is_spinning, result.gap_total_s, result.gap_longest_s) == (False, None, None)


def test_what_is_on_its_way_at_a_closed_loops_end_is_counted_by_its_age(sanitized, tmp_path, serve):
    def respond(number):
        time.sleep(0.4 if number > 12 else 0.001)
        return [OK + BODY]

    result = run(sanitized, tmp_path, serve(respond).port, users=3, think_time_s=0.05)
    assert result.in_flight == sum(count for _, count in result.unanswered_ages_ns) > 0
    assert all(0 < age < 500_000_000 for age, _ in result.unanswered_ages_ns)


@pytest.mark.parametrize("rate_rps", [None, 50.0])
def test_a_timeout_counts_from_the_intended_start_and_its_age_is_kept(sanitized, tmp_path, serve, rate_rps):
    hangs = serve(lambda number: [] if number > 2 else [OK + BODY])
    result = run(sanitized, tmp_path, hangs.port, users=2, timeout_s=0.3, rate_rps=rate_rps)
    ages = [age for age, count in result.unanswered_ages_ns for _ in range(count)]
    assert result.errors["timeout"] + result.in_flight + (result.open_loop.unsent if rate_rps else 0) == len(ages)
    if rate_rps:
        # Both connections hang: who waits for one gives up as well, and never later than a check's period.
        assert result.open_loop.scheduled == result.errors["timeout"] == 50
        assert max(ages) < 400_000_000


@pytest.mark.parametrize("rate_rps", [None, 20.0])
def test_a_reconnect_is_counted_and_its_cost_is_inside_the_latency(sanitized, tmp_path, serve, rate_rps):
    """A server that closes after each answer, and accepts slowly: each request pays for its connection."""
    closing = OK.replace(b"Content-Type", b"Connection: close\r\nContent-Type") + BODY
    server = serve(lambda _: [closing], accept_s=0.03)
    result = run(sanitized, tmp_path, server.port, users=1, rate_rps=rate_rps)
    assert result.errors == {}
    assert result.reconnects == pytest.approx(result.requests, abs=2)
    if rate_rps is None:
        slow = sum(count for latency, count in result.latencies_ns if latency > 20_000_000)
        assert slow > 0.8 * result.requests
    kept = run(sanitized, tmp_path, serve(lambda _: [OK + BODY]).port, users=1, rate_rps=rate_rps)
    assert kept.reconnects == 0


def test_spinning_is_no_work(sanitized, tmp_path, serve):
    result = run(sanitized, tmp_path, serve(lambda _: [OK + BODY]).port, rate_rps=50.0, spins=True)
    assert result.requests == result.open_loop.scheduled
    # The thread span all the time; what it did for fifty requests is a small part of that.
    assert result.idle_cpu_s > 0.3
    assert result.cpu_s < 0.5 * result.idle_cpu_s


def test_users_do_not_start_in_step(sanitized, tmp_path, serve):
    starts = []

    def respond(number):
        starts.append(time.monotonic())
        return [OK + BODY]

    run(sanitized, tmp_path, serve(respond).port, users=4, think_time_s=5.0, warmup_s=0.8)
    # Each has greeted first.
    assert len(starts) == 8
    assert starts[7] - starts[4] == pytest.approx(0.3, abs=0.1)


def test_told_delays_are_those_of_the_counted_answers(loadgen, tmp_path, serve):
    told = OK.replace(b"Content-Type", b"X-Delay-Ns: 1234567\r\nContent-Type") + BODY
    result = run(loadgen, tmp_path, serve(lambda _: [told]).port)
    ((value_ns, count),) = result.told_delays_ns
    assert count == result.requests > 0
    assert value_ns == pytest.approx(1234567, rel=1e-3)


def test_think_time_is_kept(sanitized, tmp_path, serve):
    result = run(sanitized, tmp_path, serve(lambda _: [OK + BODY]).port, users=4, think_time_s=0.1)
    assert result.requests == pytest.approx(40, abs=8)


def test_wrong_answers_are_errors_of_the_checked_share(sanitized, tmp_path, serve):
    result = run(sanitized, tmp_path, serve(lambda _: [OK + BODY]).port, golden='{"prediction":1}')
    assert result.errors["wrong_answer"] == result.answers_checked > 0
    assert result.requests > result.errors["wrong_answer"]


@pytest.mark.parametrize(
    ("golden", "wrong"),
    [
        ('{"prediction":"große","probabilities":[0.25,0.75]}', '{"prediction":"gross","probabilities":[0.25,0.75]}'),
        ('{"prediction":true}', '{"prediction":1}'),
        ('{"prediction":[1.5,2]}', '{"prediction":[1.5]}'),
        ('{"prediction":[1.5,2]}', '{"prediction":[1.5,2.1]}'),
    ],
)
def test_labels_of_any_kind_and_several_outputs_are_compared(sanitized, tmp_path, serve, golden, wrong):
    def answer(text):
        body = text.encode()
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)

    for text, share in ((golden, 0), (wrong, 1)):
        result = run(sanitized, tmp_path, serve(lambda _, text=text: [answer(text)]).port, golden=golden)
        assert result.errors.get("wrong_answer", 0) == share * result.answers_checked
        assert result.answers_checked > 0


def test_a_golden_answer_is_looked_for_at_its_pointers(sanitized, tmp_path, serve):
    golden = {"/outputs/0/data": [3, 1], "/outputs/1/a~1b": {"p": [0.25, None]}}

    def answer(second):
        body = json.dumps({"id": "x", "outputs": [{"data": [3, second]}, {"a/b": {"p": [0.25, None]}}]}).encode()
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)

    for executable in (sanitized, "FastHttpUser", "HttpUser"):
        for text, share in ((answer(1), 0), (answer(2), 1)):
            server = serve(lambda _, text=text: [text])
            result = run(executable, tmp_path, server.port, golden_line=json.dumps(golden), duration_s=0.3, **ELSEWHERE)
            assert result.errors.get("wrong_answer", 0) == share * result.answers_checked
            assert result.answers_checked > 0
            head = server.last_request.decode().split("\r\n")
            assert head[0] == "PUT /v2/models/m/infer?x=1 HTTP/1.1"
            assert {"X-Key: a b", "Content-Type: text/json"} <= set(head)


def test_a_status_is_an_error_of_its_kind(sanitized, tmp_path, serve):
    bad = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
    result = run(sanitized, tmp_path, serve(lambda n: [bad] if n % 2 else [OK + BODY]).port)
    assert set(result.errors) == {"status_503"}
    assert result.errors["status_503"] == pytest.approx(result.requests, rel=0.2)


def test_timeouts_closed_connections_and_nonsense_are_kinds_of_their_own(sanitized, tmp_path, serve):
    hangs = serve(lambda _: [])
    assert set(run(sanitized, tmp_path, hangs.port, timeout_s=0.2).errors) == {"timeout"}
    assert set(run(sanitized, tmp_path, serve(lambda _: None).port).errors) <= {"closed", "reset"}
    assert set(run(sanitized, tmp_path, serve(lambda _: [b"hello there\r\n\r\n"]).port).errors) == {"not_http"}
    assert set(run(sanitized, tmp_path, free_port()).errors) == {"refused"}


def test_answers_may_come_in_pieces_in_chunks_and_close(sanitized, tmp_path, serve):
    whole = OK + BODY

    def pieces(number):
        time.sleep(0.001)
        return [whole[: number % len(whole)], whole[number % len(whole) :]]

    assert run(sanitized, tmp_path, serve(pieces).port).errors == {}
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n" + BODY[:5] + b"\r\nb\r\n" + BODY[5:]
    result = run(sanitized, tmp_path, serve(lambda _: [chunked + b"\r\n0\r\n\r\n"]).port)
    assert result.errors == {}
    assert result.answers_checked > 0
    closing = OK.replace(b"Content-Type", b"Connection: close\r\nContent-Type") + BODY
    assert run(sanitized, tmp_path, serve(lambda _: [closing]).port).errors == {}


@pytest.mark.parametrize("spins", [False, True])
def test_an_end_behind_an_answer_is_seen(sanitized, tmp_path, serve, spins):
    # Nothing more ever comes on such a connection: who missed its end would wait for the timeout.
    result = run(sanitized, tmp_path, serve(lambda _: [OK + BODY, END]).port, spins=spins)
    assert result.requests > 20
    assert set(result.errors) <= {"closed"}


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 on this machine")
def test_ipv6_works(sanitized, tmp_path, serve):
    try:
        server = serve(lambda _: [OK + BODY], family=socket.AF_INET6, host="::1")
    except OSError as error:
        pytest.skip(f"no IPv6 loopback: {error}")
    assert run(sanitized, tmp_path, server.port, host="::1").requests > 50


def test_a_bad_specification_is_one_line(loadgen, tmp_path):
    for path in (tmp_path / "missing.json", tmp_path):
        done = subprocess.run([loadgen, path], capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert done.stderr.startswith("loadgen: ")
        assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("exit 3", "did not start"),
        ("echo ready; exit 3", "ended early|did not greet"),
        ("echo ready; read word; echo sorry >&2; exit 3", "did not greet: sorry"),
        ("echo ready; read word; echo greeted 1; read start; exit 3", r"failed \(code 3\)"),
    ],
)
def test_a_generator_that_ends_early_is_one_line(tmp_path, script, words):
    log = tmp_path / "generator.log"
    load = Load(None, tmp_path, tmp_path, ClosedLoop(1), None, 1, False, 1, 0.0, 0.1, 0.1)
    with log.open("wb") as stream, ProcessGroups() as groups:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        process = groups.start(["/bin/sh", "-c", script], None, {}, stream, **pipes)
        processes = GeneratorProcesses(
            load, LocalProcesses([process], [PipeLines(process.stdout.fileno())], [], [], tmp_path, log)
        )
        with pytest.raises(ServebenchError, match=words):  # noqa: PT012
            processes.await_ready()
            if "word" not in script:
                process.wait()
            processes.measure(lambda _: None)


@pytest.mark.parametrize("executable", ["native", "FastHttpUser"])
def test_where_no_golden_answer_is_known_any_is_counted_and_none_compared(loadgen, tmp_path, serve, executable):
    program = loadgen if executable == "native" else executable
    result = run(program, tmp_path, serve(lambda _: [OK + BODY]).port, golden=None)
    assert result.requests > 10
    assert (result.errors, result.answers_checked) == ({}, 0)


@pytest.fixture
def null_server(tmp_path):
    with ProcessGroups() as groups:
        yield start_program(groups, build_program(NULL_SERVER, tmp_path, CACHE), None)


# Of a second as it is told.
P99_SHARE = 1 / 64
ROOM_S = 0.5


@pytest.mark.parametrize("options", [{}, {"spins": True}, {"threads": 3}, {"rate_rps": 500.0}])
def test_each_second_is_said_once_it_has_passed(loadgen, sanitized, tmp_path, null_server, options):
    for executable in (loadgen, sanitized):
        told, passed_s = [], []

        def listen(process, told=told, passed_s=passed_s):
            began_s = time.monotonic()
            for _ in range(2):
                told.append(from_line(process.stdout.readline().encode()))
                passed_s.append(time.monotonic() - began_s)

        result = run(
            executable, tmp_path, null_server.port, users=8, duration_s=2.5, during=listen, told=told, **options
        )
        assert [second.second for second in told] == [1, 2, 3]
        assert [second.good for second in told] == [second.good for second in result.series]
        assert sum(second.good for second in told) == result.requests > 100
        for number, at_s in enumerate(passed_s, start=1):
            assert number - ROOM_S < at_s < number + ROOM_S
        for second, counted in zip(told, result.series, strict=True):
            assert 0 < second.p99_ns <= counted.slowest_ns
        p99_ns = percentiles_ms(histogram_of(result.latencies_ns), [99.0])[0] * 1e6
        # That of all seconds together lies between theirs.
        assert min(second.p99_ns for second in told) * (1 - P99_SHARE) <= p99_ns
        assert p99_ns <= max(second.p99_ns for second in told) * (1 + P99_SHARE)


@pytest.mark.parametrize(("executable", "threads"), [("native", 1), ("native", 3), ("FastHttpUser", 1)])
def test_the_p99_of_a_second_is_that_of_its_answers(loadgen, tmp_path, null_server, executable, threads):
    told = []
    program = loadgen if executable == "native" else executable
    result = run(program, tmp_path, null_server.port, users=8, threads=threads, duration_s=1.0, told=told)
    (second,) = told
    assert (second.second, second.good) == (1, result.requests)
    p99_ms = percentiles_ms(histogram_of(result.latencies_ns), [99.0], result.latency_max_ns)[0]
    assert second.p99_ns / 1e6 == pytest.approx(p99_ms, rel=P99_SHARE)


@pytest.mark.parametrize("executable", ["native", "FastHttpUser"])
def test_seconds_that_nobody_reads_disturb_no_result(sanitized, tmp_path, serve, executable):
    told = []

    def a_full_page(process):
        fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, 4096)
        time.sleep(2.25)

    def no_reader(process):
        with open(os.devnull) as nothing:
            os.dup2(nothing.fileno(), process.stdout.fileno())

    program = sanitized if executable == "native" else executable
    server = serve(lambda _: [OK + BODY])
    assert run(program, tmp_path, server.port, duration_s=2.5, during=a_full_page, told=told).requests > 50
    # The pipe's only page takes no more until it is read.
    assert [second.second for second in told] == [1, 3]
    assert run(program, tmp_path, server.port, duration_s=2.5, during=no_reader).requests > 50


def test_a_second_without_an_answer_is_said_too(sanitized, tmp_path, serve):
    told = []
    run(sanitized, tmp_path, serve(lambda count: [OK + BODY] if count < 3 else []).port, duration_s=2.0, told=told)
    assert [(second.good, second.p99_ns) for second in told] == [(0, None)] * 2


def test_a_generator_that_is_stopped_for_seconds_tells_each_of_them(sanitized, tmp_path, serve):
    told = []
    server = serve(lambda _: [OK + BODY])
    result = run(sanitized, tmp_path, server.port, threads=2, duration_s=3.0, during=stop_for(1.5), told=told)
    assert [second.second for second in told] == [1, 2, 3]
    assert sum(second.good for second in told) == result.requests


@dataclasses.dataclass
class Looking:
    """Notes what it is told of a window."""

    windows: list = dataclasses.field(default_factory=list)
    seconds: list = dataclasses.field(default_factory=list)

    def window_begins(self, start_s, duration_s):
        self.windows.append((start_s, duration_s))

    def second_passed(self, second):
        self.seconds.append((time.monotonic(), second))


@pytest.mark.parametrize("generator", ["native", "locust"])
def test_who_looks_at_a_trial_is_told_each_second_but_the_last(cancer_model, tmp_path, generator):
    package = make_fault_package("none", cancer_model, tmp_path / "package")
    request = trial_request(package, cancer_model, tmp_path / "trials", generator=generator, duration_s=3.0)
    looking = Looking()
    run_trial(request, None, most_retries=0, onlooker=looking)
    ((start_s, duration_s),) = looking.windows
    assert duration_s == 3.0
    goods = [int(row["requests"]) for row in csv.DictReader((request.folder / SERIES).open())]
    assert [(second.second, second.good) for _, second in looking.seconds] == [(1, goods[0]), (2, goods[1])]
    for at_s, second in looking.seconds:
        # The server sleeps for 5 ms in every answer.
        assert 5.0 < second.p99_ms < 200.0
        assert 0 < at_s - (start_s + second.second) < ROOM_S


@pytest.mark.parametrize("generator", ["native", "locust"])
def test_a_trial_at_a_rate(cancer_model, tmp_path, generator):
    make_package("fastapi-compiled", cancer_model, tmp_path / "package")
    request = trial_request(tmp_path / "package", cancer_model, tmp_path / "trials", rate=100, generator=generator)
    load = run_trial(request, None).load
    assert load.scheduled == pytest.approx(100, abs=1)
    assert load.scheduled == load.requests + sum(load.errors.values()) + load.in_flight + load.unsent
    assert load.connections == load.connections_greeted
    assert load.send_delay_p99_ms is not None


def test_two_generators_that_share_no_code_agree_on_a_known_delay(cancer_model, tmp_path):
    package = make_fault_package("none", cancer_model, tmp_path / "package")
    medians = {}
    for generator in ("native", "locust"):
        request = trial_request(package, cancer_model, tmp_path / generator, generator=generator, duration_s=2.0)
        medians[generator] = run_trial(request, None).load.latency_p50_ms
    # The server sleeps for 5 ms in every answer.
    assert 5.0 < medians["native"] < 8.0
    assert medians["locust"] / medians["native"] == pytest.approx(1.0, abs=0.25)
