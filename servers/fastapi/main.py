"""The command line of the FastAPI server."""

import argparse
import os
import socket
import sys

import uvicorn


def parse_arguments() -> argparse.Namespace:
    """Host, port, model folder, inference and workers."""
    parser = argparse.ArgumentParser(description="FastAPI behind uvicorn")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--model", required=True, help="folder of the model")
    parser.add_argument("--inference", choices=["sklearn", "compiled"], required=True)
    parser.add_argument("--workers", type=int, default=1)
    return parser.parse_args()


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
    uvicorn.run(
        "app:create_app",
        factory=True,
        host=arguments.host,
        port=arguments.port,
        workers=arguments.workers,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )


if __name__ == "__main__":
    main()
