"""The command line of the FastAPI server."""

import argparse
import os
import signal
import socket
import sys

import uvicorn
from limits import IDLE_TIMEOUT_S

# More than any machine has use for: each is a process of its own.
MOST_WORKERS = 1024
# How long an unfinished request holds up SIGTERM.
GRACE_S = 1


def parse_arguments() -> argparse.Namespace:
    """Host, port, model folder, inference and workers."""
    parser = argparse.ArgumentParser(description="FastAPI behind uvicorn")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--model", required=True, help="folder of the model")
    parser.add_argument("--inference", choices=["sklearn", "compiled", "onnx"], required=True)
    parser.add_argument("--workers", type=int, default=1)
    arguments = parser.parse_args()
    if not 0 <= arguments.port <= 65535:
        sys.exit(f"--port must be 0 to 65535, not {arguments.port}")
    if not 1 <= arguments.workers <= MOST_WORKERS:
        sys.exit(f"--workers must be 1 to {MOST_WORKERS}, not {arguments.workers}")
    return arguments


def check_port(host: str, port: int) -> None:
    """Exit with one line where the address cannot be bound; uvicorn would print a traceback a worker."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            sys.exit(f"cannot listen on {host}:{port}: {error.strerror}; choose another with --port")


def main() -> None:
    """Serve until SIGTERM."""
    arguments = parse_arguments()
    check_port(arguments.host, arguments.port)
    # Workers are new processes: they read what to load from the environment.
    os.environ["SERVEBENCH_MODEL"] = arguments.model
    os.environ["SERVEBENCH_INFERENCE"] = arguments.inference
    # uvicorn sends itself the signal again once it has shut down: the end that was asked for is a success.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    uvicorn.run(
        "app:create_app",
        factory=True,
        host=arguments.host,
        port=arguments.port,
        workers=arguments.workers,
        loop="uvloop",
        http="httptools",
        ws="none",
        timeout_keep_alive=IDLE_TIMEOUT_S,
        timeout_graceful_shutdown=GRACE_S,
        # The other servers send no date.
        date_header=False,
        access_log=False,
        log_level="warning",
    )


if __name__ == "__main__":
    main()
