"""The agent on a load host: `python -m servebench.load_hosts.agent`, driven by its pipes as protocol.py says.

It holds its host's machine lock, and ends its processes and itself when its input closes.
"""

import contextlib
import json
import os
import platform
import queue
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from servebench.cgroup import cpu_quota
from servebench.errors import ServebenchError, describe_os_error
from servebench.load_hosts.link import interface_towards, read_link, speed_of, use_between
from servebench.load_hosts.protocol import ASK, ERROR, READY, Ask, HostFacts, LoadOrder, WindowReport, to_line
from servebench.machine import read_topology
from servebench.trial.local_processes import LocalProcesses, start_processes
from servebench.trial.machine_lock import LOCK, PATIENCE_S, lock_holder, machine_lock
from servebench.trial.processes import ProcessGroups
from servebench.trial.threads import read_threads, used_between
from servebench.trial.tree import tree_of

# Names the lock of a host that is a part of a machine, such as a container or a network namespace.
OWN_LOCK = "SERVEBENCH_AGENT_LOCK"
# The waits are read so long before both ends of the window, as on the server's host.
EDGE_MARGIN_S = 0.02
FINISH_GRACE_S = 30.0


class Pipes:
    """The agent's input, line by line, and its output; the end of its input ends this process as SIGTERM does."""

    def __init__(self) -> None:
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def hear(self) -> dict[str, Any]:
        """The harness's next message; raises ServebenchError where it asks nothing that is known."""
        line = self._lines.get()
        try:
            message: dict[str, Any] = json.loads(line)
            Ask(message[ASK])
        except (ValueError, TypeError, KeyError):
            raise ServebenchError(f"was asked '{line.strip()[:60]}', which it does not know") from None
        return message

    def say(self, **answer: Any) -> None:
        """Answer."""
        sys.stdout.buffer.write(to_line(answer))
        sys.stdout.buffer.flush()

    def _read(self) -> None:
        for line in sys.stdin:
            self._lines.put(line)
        os.kill(os.getpid(), signal.SIGTERM)


@dataclass(frozen=True)
class Running:
    """The processes of one load, and the order that they follow."""

    order: LoadOrder
    processes: LocalProcesses


def serve(pipes: Pipes, groups: ProcessGroups, scratch: Path) -> NoReturn:
    """Follow the harness until its end."""
    running: Running | None = None
    while True:
        message = pipes.hear()
        ask = Ask(message.pop(ASK))
        if ask is Ask.PING:
            pipes.say(monotonic_ns=time.monotonic_ns())
        elif ask is Ask.LOAD:
            _end_processes(groups, running)
            order = LoadOrder.from_dict(message)
            running = _start(groups, order, scratch / str(order.number))
            running.processes.await_ready()
            pipes.say(**{READY: order.number})
        elif ask is Ask.GREET and running is not None:
            running.processes.begin_greeting()
            pipes.say(greeted=running.processes.end_greeting())
        elif ask is Ask.START and running is not None:
            pipes.say(**_measure(running, message["start_ns"]).as_dict())
            _end_processes(groups, running)
            running = None
        else:
            raise ServebenchError(f"was asked '{ask}' out of turn")


def _end_processes(groups: ProcessGroups, running: Running | None) -> None:
    """End the processes of a load, which may have been given up before its start."""
    for pid in running.processes.pids if running is not None else []:
        groups.end(pid)


def _start(groups: ProcessGroups, order: LoadOrder, scratch: Path) -> Running:
    specification = order.specifications[0]
    for path in (order.folder, specification.payloads, specification.golden):
        if not Path(path).exists():
            raise ServebenchError(f"{path} is not there: give checkout and results the same place on each host")
    log = scratch.with_suffix(".log")
    specifications = order.specifications
    folder = Path(order.folder)
    return Running(order, start_processes(groups, order.kind, folder, specifications, None, scratch, log))


def _measure(running: Running, start_ns: int) -> WindowReport:
    """Let the processes go at `start_ns` of this host's clock, watch them and the link in the window, collect."""
    if start_ns <= time.monotonic_ns():
        raise ServebenchError("its start came too late: the network to it is too slow")
    running.processes.release(start_ns)
    specification = running.order.specifications[0]
    window_s = start_ns / 1e9 + specification.warmup_s
    end_s = window_s + specification.duration_s
    interface = interface_towards(specification.host, specification.port)
    _sleep_until(window_s - EDGE_MARGIN_S)
    threads, link = read_threads(_tree(running)), read_link(interface)
    _sleep_until(end_s - EDGE_MARGIN_S)
    used = used_between(threads, read_threads(_tree(running)))
    carried = use_between(link, read_link(interface), None if interface is None else speed_of(interface))
    results = running.processes.collect(end_s + specification.timeout_s + FINISH_GRACE_S)
    return WindowReport(results, used.longest_delay_s / used.elapsed_s if used else None, carried)


def _tree(running: Running) -> list[int]:
    return [pid for first in running.processes.pids for pid in tree_of(first)]


def _sleep_until(at_s: float) -> None:
    time.sleep(max(0.0, at_s - time.monotonic()))


@contextlib.contextmanager
def _held(pipes: Pipes) -> Iterator[None]:
    """Hold this host's machine lock for who asks for it first; say so with what the host is."""
    message = pipes.hear()
    if message.get(ASK) != Ask.HOLD:
        raise ServebenchError("was asked for something before its machine")
    wanted = {"pid": message["pid"], "holder": message["holder"]}
    lock = Path(os.environ.get(OWN_LOCK, LOCK))
    if lock_holder(lock) == wanted:
        raise ServebenchError("it is the server's own host, whose machine this trial holds already: name another one")
    with machine_lock(f"load of {message['holder']}", lock, PATIENCE_S):
        cpus = [cpu.number for cpu in read_topology()]
        pipes.say(**asdict(HostFacts(platform.node(), cpus, cpu_quota() is not None)))
        yield


def _end(_signal: int, _frame: FrameType | None) -> NoReturn:
    # A second one must not disturb the end that this one begins.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit(0)


def main() -> None:
    """Hold this host and follow the harness; what goes wrong is said in one line."""
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGHUP, _end)
    pipes = Pipes()
    try:
        with _held(pipes), tempfile.TemporaryDirectory(prefix="servebench-agent-") as name, ProcessGroups() as groups:
            serve(pipes, groups, Path(name))
    except (ServebenchError, OSError) as error:
        text = str((isinstance(error, OSError) and describe_os_error(error)) or error)
        with contextlib.suppress(OSError):
            # The log that it may point to goes with the agent.
            pipes.say(**{ERROR: text.partition("; see ")[0]})
        sys.exit(1)


if __name__ == "__main__":
    main()
