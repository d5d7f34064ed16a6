"""One Locust process, used as a library: latencies come from the request event, unrounded."""

import gevent.monkey

gevent.monkey.patch_all()

import argparse  # noqa: E402
import json  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from itertools import count  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import gevent  # noqa: E402
from locust import FastHttpUser, HttpUser, constant, task  # noqa: E402
from locust.env import Environment  # noqa: E402

from servebench.files import write_json  # noqa: E402
from servebench.generator.protocol import LoadSpecification  # noqa: E402
from servebench.generator.recorder import PayloadPool, Recorder, compare  # noqa: E402

HEADERS = {"Content-Type": "application/json"}
USER_CLASSES = {"HttpUser": HttpUser, "FastHttpUser": FastHttpUser}
GRACE_S = 0.2
# Users start one after the other over this share of the warm-up.
RAMP_SHARE = 0.5


def make_user_class(spec: LoadSpecification, pool: PayloadPool, recorder: Recorder) -> type[Any]:
    """A user that posts the pool's bodies in turn, on the class that the specification names."""
    base: Any = USER_CLASSES[spec.options["user_class"]]
    starts = count()
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
            # All connecting at once would measure the server's accept queue into the window.
            gevent.sleep(next(starts) * ramp_s / spec.users)

        @task  # type: ignore[untyped-decorator]
        def predict(self) -> None:
            index = pool.next_index()
            expected = pool.to_check(index)
            with self.client.post(
                "/predict", data=pool.bodies[index], headers=HEADERS, catch_response=True, **timeouts
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
    environment = Environment(user_classes=[make_user_class(spec, pool, recorder)])
    runner = environment.create_local_runner()

    def on_request(response_time: float, exception: Any = None, response: Any = None, **_: Any) -> None:
        recorder.answered(response_time / 1000, error_kind(exception, response))

    environment.events.request.add_listener(on_request)
    gevent.sleep(max(0.0, start_s - time.monotonic()))
    runner.start(spec.users, spawn_rate=spec.users)
    gevent.sleep(max(0.0, recorder.start_s - time.monotonic()))
    cpu_start_s = time.process_time()
    gevent.sleep(max(0.0, recorder.end_s - time.monotonic()))
    cpu_s = time.process_time() - cpu_start_s
    write_json(Path(spec.result), recorder.result(cpu_s).as_dict())
    # In-flight requests may end well; their users are not waited for beyond that.
    gevent.sleep(GRACE_S)


def main() -> None:
    """Read the specification named on the command line and run it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("specification", type=Path)
    run(LoadSpecification(**json.loads(parser.parse_args().specification.read_text(encoding="utf-8"))))


if __name__ == "__main__":
    main()
