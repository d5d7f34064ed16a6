"""Looking for processes that a test must not leave behind."""

import time

import psutil


def processes_with(text: str) -> list[int]:
    """Living processes whose command line holds `text`."""
    found = []
    for process in psutil.process_iter(["pid", "cmdline", "status"]):
        line = " ".join(process.info["cmdline"] or [])
        if text in line and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process.info["pid"])
    return found


def none_left(text: str, patience_s: float = 8.0) -> bool:
    """Whether no such process is left after a while."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if not processes_with(text):
            return True
        time.sleep(0.1)
    return False
