"""One Locust process, used as a library: latencies come from the request event, unrounded."""

import gevent.monkey

gevent.monkey.patch_all()

import argparse  # noqa: E402
import json  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from collections.abc import Iterator  # noqa: E402
from itertools import count, takewhile  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import gevent  # noqa: E402
from locust import FastHttpUser, HttpUser, constant, task  # noqa: E402
from locust.env import Environment  # noqa: E402

from servebench.files import write_json  # noqa: E402
from servebench.generator.protocol import LoadSpecification, OpenLoopCounts  # noqa: E402
from servebench.generator.recorder import PayloadPool, Recorder, compare, count_quantized  # noqa: E402
from servebench.generator.timetable import Timetable  # noqa: E402

HEADERS = {"Content-Type": "application/json"}
# What a delay server says that it waited.
DELAY_HEADER = "X-Delay-Ns"
USER_CLASSES = {"HttpUser": HttpUser, "FastHttpUser": FastHttpUser}
GRACE_S = 0.2
# How long the answers to the window's open-loop requests are waited for.
DRAIN_S = 2.0
# Users start one after the other over this share of the warm-up.
RAMP_SHARE = 0.5


class Pace:
    """The open loop's timetable: staggered users, each with its own even pace; latency from the intended start."""

    def __init__(self, timetable: Timetable, users: int, start_s: float, end_s: float, recorder: Recorder) -> None:
        self.timetable = timetable
        self.users = users
        self.start_s = start_s
        self.end_s = end_s
        self.recorder = recorder
        self.delays_ns: list[int] = []
        self.waited = 0
        self.sent = 0

    def turns(self, user: int) -> Iterator[float]:
        """The intended starts of one user's requests."""
        starts = (self.start_s + offset_s for offset_s in self.timetable.starts(user, self.users))
        return takewhile(lambda at: at < self.end_s, starts)

    def await_turn(self, intended_s: float) -> None:
        """Sleep until the intended start; a user that is still busy then was late for want of a connection."""
        is_late = time.monotonic() > intended_s
        gevent.sleep(max(0.0, intended_s - time.monotonic()))
        if not self.recorder.counts(intended_s):
            return
        self.sent += 1
        if is_late:
            self.waited += 1
        else:
            self.delays_ns.append(max(1, round((time.monotonic() - intended_s) * 1e9)))

    def counts(self) -> OpenLoopCounts:
        """The books: scheduled = answered + errors + in flight + unsent."""
        scheduled = sum(self.recorder.counts(at) for user in range(self.users) for at in self.turns(user))
        return OpenLoopCounts(
            scheduled=scheduled,
            waited_for_connection=self.waited + scheduled - self.sent,
            in_flight=self.sent - self.recorder.answers,
            unsent=scheduled - self.sent,
            send_delays_ns=count_quantized(self.delays_ns),
        )


def make_user_class(spec: LoadSpecification, pool: PayloadPool, recorder: Recorder, pace: Pace | None) -> type[Any]:
    """A user that posts the pool's bodies in turn, on the class that the specification names."""
    base: Any = USER_CLASSES[spec.options["user_class"]]
    numbers = count()
    ramp_s = spec.warmup_s * RAMP_SHARE
    timeouts: dict[str, Any] = {}
    if base is HttpUser:
        timeouts = {"timeout": spec.timeout_s}

    class PredictUser(base):  # type: ignore[misc]
        host = f"http://{spec.host}:{spec.port}"
        wait_time = constant(spec.think_time_s)
        network_timeout = spec.timeout_s
        connection_timeout = spec.timeout_s

        def on_start(self) -> None:
            self.number = next(numbers)
            if pace is None:
                # All connecting at once would measure the server's accept queue into the window.
                gevent.sleep(self.number * ramp_s / spec.users)

        @task  # type: ignore[untyped-decorator]
        def predict(self) -> None:
            if pace is None:
                self.post({})
                return
            for intended_s in pace.turns(self.number):
                pace.await_turn(intended_s)
                self.post({"intended_s": intended_s})
            gevent.sleep(spec.duration_s)

        def post(self, context: dict[str, float]) -> None:
            index = pool.next_index()
            expected = pool.to_check(index)
            with self.client.post(
                "/predict", data=pool.bodies[index], headers=HEADERS, catch_response=True, context=context, **timeouts
            ) as response:
                if expected is not None and response.status_code == 200:
                    recorder.checked()
                    if not compare(response.content, expected):
                        response.failure("wrong_answer")

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
        ("timeout", ("timeout", "timed out")),
        ("refused", ("refused",)),
        ("reset", ("reset", "aborted", "closed", "broken pipe", "disconnected")),
    ):
        if any(word in text for word in words):
            return kind
    return "other"


def run(spec: LoadSpecification) -> None:
    """Load the pool, say `ready`, send load from the given start, write the result."""
    pool = PayloadPool(Path(spec.payloads), Path(spec.golden), spec.first_payload)
    print("ready", flush=True)
    start_s = int(sys.stdin.readline()) / 1e9
    recorder = Recorder(start_s + spec.warmup_s, spec.duration_s)
    timetable = None if spec.timetable is None else Timetable.of(spec.timetable)
    pace = Pace(timetable, spec.users, start_s, recorder.end_s, recorder) if timetable else None
    environment = Environment(user_classes=[make_user_class(spec, pool, recorder, pace)])
    runner = environment.create_local_runner()

    def on_request(
        response_time: float, context: dict[str, float], exception: Any = None, response: Any = None, **_: Any
    ) -> None:
        kind = error_kind(exception, response)
        told = response.headers.get(DELAY_HEADER) if kind is None else None
        told_delay_ns = None if told is None else int(told)
        if "intended_s" in context:
            recorder.answered_intended(context["intended_s"], kind, told_delay_ns)
        else:
            recorder.answered(response_time / 1000, kind, told_delay_ns)

    environment.events.request.add_listener(on_request)
    gevent.sleep(max(0.0, start_s - time.monotonic()))
    runner.start(spec.users, spawn_rate=spec.users)
    gevent.sleep(max(0.0, recorder.start_s - time.monotonic()))
    cpu_start_s = time.process_time()
    gevent.sleep(max(0.0, recorder.end_s - time.monotonic()))
    cpu_s = time.process_time() - cpu_start_s
    if pace is not None:
        drain(recorder, pace)
    write_json(Path(spec.result), recorder.result(cpu_s, pace.counts() if pace else None).as_dict())
    # In-flight requests may end well; their users are not waited for beyond that.
    gevent.sleep(GRACE_S)


def drain(recorder: Recorder, pace: Pace) -> None:
    """Wait a little for the answers to the window's open-loop requests."""
    deadline = time.monotonic() + DRAIN_S
    while pace.sent > recorder.answers and time.monotonic() < deadline:
        gevent.sleep(0.01)


def main() -> None:
    """Read the specification named on the command line and run it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("specification", type=Path)
    run(LoadSpecification(**json.loads(parser.parse_args().specification.read_text(encoding="utf-8"))))


if __name__ == "__main__":
    main()
