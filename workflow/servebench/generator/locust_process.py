"""One Locust process, used as a library: latencies come from the request event, unrounded.

Its timeouts are those of the HTTP clients: of each wait for the network, not from a request's intended start.
"""

import gevent.monkey

gevent.monkey.patch_all()

import argparse  # noqa: E402
import json  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from collections import Counter  # noqa: E402
from collections.abc import Iterator  # noqa: E402
from dataclasses import dataclass  # noqa: E402
from itertools import islice, takewhile  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import gevent  # noqa: E402
import gevent.event  # noqa: E402
import gevent.lock  # noqa: E402
import gevent.socket  # noqa: E402
from locust import FastHttpUser, HttpUser, constant, task  # noqa: E402
from locust.env import Environment  # noqa: E402

from servebench.answers import is_right  # noqa: E402
from servebench.files import write_json  # noqa: E402
from servebench.generator.protocol import GREETED, LoadSpecification, OpenLoopCounts  # noqa: E402
from servebench.generator.recorder import (  # noqa: E402
    TIMEOUT,
    PayloadPool,
    Recorder,
    count_quantized,
)
from servebench.generator.timetable import Timetable  # noqa: E402
from servebench.generator.told_second import say  # noqa: E402

# What a delay server says that it waited.
DELAY_HEADER = "X-Delay-Ns"
USER_CLASSES = {"HttpUser": HttpUser, "FastHttpUser": FastHttpUser}
GRACE_S = 0.2
# How long the answers to the window's open-loop requests are waited for.
DRAIN_S = 2.0


class Pace:
    """The open loop's timetable: staggered users, each with its own even pace; latency from the intended start."""

    def __init__(self, timetable: Timetable, spec: LoadSpecification, start_s: float, recorder: Recorder) -> None:
        self.timetable = timetable
        self.users = spec.users
        self.phase = spec.phase
        self.start_s = start_s
        self.end_s = recorder.end_s
        self.recorder = recorder
        self.delays_ns: list[int] = []
        self.waited = 0
        self.sent = 0
        self.taken: Counter[int] = Counter()

    def turns(self, user: int) -> Iterator[float]:
        """The intended starts of one user's requests."""
        starts = (self.start_s + offset_s for offset_s in self.timetable.starts(user + self.phase, self.users))
        return takewhile(lambda at: at < self.end_s, starts)

    def await_turn(self, user: int, intended_s: float) -> None:
        """Sleep until the intended start; a user that is still busy then was late for want of a connection."""
        freed_s = time.monotonic()
        gevent.sleep(max(0.0, intended_s - freed_s))
        self.taken[user] += 1
        if not self.recorder.counts(intended_s):
            return
        self.sent += 1
        self.waited += freed_s > intended_s
        self.delays_ns.append(max(1, round((time.monotonic() - max(intended_s, freed_s)) * 1e9)))

    def unsent(self) -> list[float]:
        """The intended starts inside the window that no user came to."""
        left = (at for user in range(self.users) for at in islice(self.turns(user), self.taken[user], None))
        return [at for at in left if self.recorder.counts(at)]

    def counts(self) -> OpenLoopCounts:
        """The books: scheduled = answered + errors + in flight + unsent."""
        unsent = len(self.unsent())
        return OpenLoopCounts(
            scheduled=self.sent + unsent,
            waited_for_connection=self.waited + unsent,
            unsent=unsent,
            send_delays_ns=count_quantized(self.delays_ns),
        )


@dataclass(frozen=True)
class Load:
    """What is sent from `start_s` on (monotonic), and where it is counted; `pace` is None in a closed loop."""

    start_s: float
    recorder: Recorder
    pace: Pace | None


class Gate:
    """Lets the users greet the server, a few at a time, and holds them until the load is known."""

    def __init__(self, users: int, at_once: int) -> None:
        self.users = users
        self.turns = gevent.lock.Semaphore(at_once)
        self.greeted = 0
        self._ended = 0
        self._all_ended = gevent.event.Event()
        self._load = gevent.event.AsyncResult()

    @property
    def is_open(self) -> bool:
        """Whether the load is known."""
        return bool(self._load.ready())

    def end_greeting(self, is_good: bool) -> None:
        """Count a greeting that has ended."""
        self.greeted += is_good
        self._ended += 1
        if self._ended == self.users:
            self._all_ended.set()

    def await_greetings(self, most_s: float) -> None:
        """Wait until all greetings have ended, or so long."""
        self._all_ended.wait(most_s)

    def open(self, load: Load) -> None:
        """Let the users go; who still waits for its turn to greet goes without."""
        self._load.set(load)
        for _ in range(self.users):
            self.turns.release()

    def await_load(self) -> Load:
        """Wait until the load is known."""
        load = self._load.get()
        assert isinstance(load, Load)
        return load


class ConnectionCounter:
    """Counts the TCP connections that this process makes to a port."""

    def __init__(self, port: int) -> None:
        self.made = 0
        connect = gevent.socket.socket.connect

        def counted(connecting: Any, address: Any) -> None:
            connect(connecting, address)
            self.made += address[1] == port

        gevent.socket.socket.connect = counted


def make_user_class(spec: LoadSpecification, pool: PayloadPool, gate: Gate, users: list[Any]) -> type[Any]:
    """A user that posts the pool's bodies in turn, on the class that the specification names.

    It adds itself to `users`. Its `since_s` is the intended start of the request that is on its way, None without one.
    """
    base: Any = USER_CLASSES[spec.options["user_class"]]
    timeouts: dict[str, Any] = {}
    if base is HttpUser:
        timeouts = {"timeout": spec.timeout_s}

    class PredictUser(base):  # type: ignore[misc]
        host = spec.url
        # FastHttpUser alone would take any certificate.
        insecure = False
        wait_time = constant(spec.think_time_s)
        network_timeout = spec.timeout_s
        connection_timeout = spec.timeout_s

        def on_start(self) -> None:
            self.number = len(users)
            self.since_s: float | None = None
            users.append(self)
            with gate.turns:
                if not gate.is_open:
                    self.post(time.monotonic(), {"is_greeting": True})
            self.load = gate.await_load()
            if self.load.pace is None:
                # All at once would stay in step for ever.
                turn_s = self.load.start_s + self.number * spec.ramp_s / spec.users
                gevent.sleep(max(0.0, turn_s - time.monotonic()))

        @task  # type: ignore[untyped-decorator]
        def predict(self) -> None:
            pace = self.load.pace
            if pace is None:
                self.post(time.monotonic(), {})
                return
            for intended_s in pace.turns(self.number):
                pace.await_turn(self.number, intended_s)
                if time.monotonic() - intended_s > spec.timeout_s:
                    self.load.recorder.answered_intended(intended_s, TIMEOUT)
                else:
                    self.post(intended_s, {"intended_s": intended_s})
            gevent.sleep(spec.duration_s)

        def post(self, intended_s: float, context: dict[str, float]) -> None:
            index = pool.next_index()
            expected = pool.to_check(index)
            self.since_s = intended_s
            with self.client.request(
                spec.method,
                spec.path,
                data=pool.bodies[index],
                headers=spec.headers,
                catch_response=True,
                context=context,
                **timeouts,
            ) as response:
                if expected is not None and response.status_code == 200 and gate.is_open:
                    gate.await_load().recorder.checked()
                    if not is_right(response.content, expected):
                        response.failure("wrong_answer")
            self.since_s = None

    return PredictUser


def error_kind(exception: BaseException | str | None, response: Any) -> str | None:
    """The kind of an error, or None for a good answer."""
    status = getattr(response, "status_code", 0)
    if exception is None:
        return None
    if str(exception) == "wrong_answer":
        return "wrong_answer"
    if status:
        return f"status_{status}"
    text = f"{type(exception).__name__} {exception}".lower()
    for kind, words in (
        (TIMEOUT, ("timeout", "timed out")),
        ("refused", ("refused",)),
        ("reset", ("reset", "aborted", "closed", "broken pipe", "disconnected")),
    ):
        if any(word in text for word in words):
            return kind
    return "other"


def make_listener(gate: Gate) -> Any:
    """What counts each request that has ended: the greetings at the gate, all others in the load's window."""

    def on_request(
        response_time: float, context: dict[str, Any], exception: Any = None, response: Any = None, **_: Any
    ) -> None:
        kind = error_kind(exception, response)
        if not gate.is_open:
            gate.end_greeting(kind is None)
            return
        recorder = gate.await_load().recorder
        told = response.headers.get(DELAY_HEADER) if kind is None else None
        told_delay_ns = None if told is None else int(told)
        if "intended_s" in context:
            recorder.answered_intended(context["intended_s"], kind, told_delay_ns)
        elif gate.await_load().pace is None:
            recorder.answered(response_time / 1000, kind, told_delay_ns)

    return on_request


def run(spec: LoadSpecification) -> None:
    """Load the pool, say `ready`, greet, send load from the given start, write the result."""
    pool = PayloadPool(Path(spec.payloads), Path(spec.golden), spec.first_payload)
    print("ready", flush=True)
    sys.stdin.readline()
    gate, users = Gate(spec.users, spec.greetings_at_once), list[Any]()
    connections = ConnectionCounter(spec.port)
    environment = Environment(user_classes=[make_user_class(spec, pool, gate, users)])
    environment.events.request.add_listener(make_listener(gate))
    environment.create_local_runner().start(spec.users, spawn_rate=spec.users)
    gate.await_greetings(spec.greeting_s)
    print(f"{GREETED} {gate.greeted}", flush=True)
    start_s = int(sys.stdin.readline()) / 1e9
    recorder = Recorder(start_s + spec.warmup_s, spec.duration_s)
    timetable = None if spec.timetable is None else Timetable.of(spec.timetable)
    pace = Pace(timetable, spec, start_s, recorder) if timetable else None
    gate.open(Load(start_s, recorder, pace))
    gevent.sleep(max(0.0, recorder.start_s - time.monotonic()))
    cpu_start_s, made_before = time.process_time(), connections.made
    say_seconds(recorder)
    gevent.sleep(max(0.0, recorder.end_s - time.monotonic()))
    cpu_s = time.process_time() - cpu_start_s
    # A user's first connection is not made again.
    reconnects = max(0, connections.made - max(made_before, spec.users))
    counts = drain(recorder, pace) if pace is not None else None
    count_unanswered(recorder, pace, users)
    say(recorder.told_second(recorder.seconds), sys.stdout.fileno())
    write_json(Path(spec.result), recorder.result(cpu_s, counts, reconnects).as_dict())
    # In-flight requests may end well; their users are not waited for beyond that.
    gevent.sleep(GRACE_S)


def say_seconds(recorder: Recorder) -> None:
    """Say each second of the window once it has passed, but the last."""
    for number in range(1, recorder.seconds):
        gevent.sleep(max(0.0, recorder.start_s + number - time.monotonic()))
        say(recorder.told_second(number), sys.stdout.fileno())


def drain(recorder: Recorder, pace: Pace) -> OpenLoopCounts:
    """Wait a little for the answers to the window's open-loop requests, and close its books."""
    deadline = time.monotonic() + DRAIN_S
    while pace.sent > recorder.answers and time.monotonic() < deadline:
        gevent.sleep(0.01)
    return pace.counts()


def count_unanswered(recorder: Recorder, pace: Pace | None, users: list[Any]) -> None:
    """Record what is on its way or was never sent, by its age: at a closed loop's end, or now in an open one."""
    now_s = time.monotonic()
    on_their_way = [user.since_s for user in users if user.since_s is not None]
    if pace is None:
        for since_s in on_their_way:
            if since_s < recorder.end_s:
                recorder.in_flight(recorder.end_s - since_s)
        return
    for since_s in on_their_way:
        if recorder.counts(since_s):
            recorder.in_flight(now_s - since_s)
    for intended_s in pace.unsent():
        recorder.unsent(now_s - intended_s)


def main() -> None:
    """Read the specification named on the command line and run it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("specification", type=Path)
    run(LoadSpecification(**json.loads(parser.parse_args().specification.read_text(encoding="utf-8"))))


if __name__ == "__main__":
    main()
