"""Many clients that are slow, idle, deaf or gone: others are answered, and the server lives."""

import socket
import time

import pytest
from servebench.check.connection import write_request
from servebench.trial.server import HOST
from support.crowds import clients, drop, fill, send_to_all
from support.descriptors import cpu_share, few_descriptors
from support.subjects import PATIENCE_S, Complaint, Subject

SLOW_CLIENTS = 200
SLOW_S = 4
IDLE_CLIENTS = 2_000
DROPPED = 5_000
# So many are dropped before a good request shows that the server keeps up.
DROPPED_AT_ONCE = 100
DEAF_BYTES = 4_000_000
BLOCKED_S = 0.5
FREE_DESCRIPTORS = 16
LACKING_CLIENTS = 64
SPIN_CPU_SHARE = 0.5
HEALTH = write_request("GET", "/healthz", {}, None, False)


def complaint_with_crowd(subject: Subject, count: int, seconds: int) -> Complaint | None:
    """Whether a good request is answered beside clients that send a byte a second for so long."""
    request = subject.row.request
    try:
        with clients(subject.port, count, PATIENCE_S) as crowd:
            for second in range(seconds):
                send_to_all(crowd, request[second : second + 1])
                time.sleep(1.0)
            complaint = subject.complaint_about_a_row()
    except OSError as error:
        return Complaint(f"{count} connections cannot be made: {error}")
    return complaint and Complaint(f"beside {count} clients: {complaint.text}", complaint.is_grave)


def test_clients_of_a_byte_a_second_starve_nobody(subject):
    subject.settle(complaint_with_crowd(subject, SLOW_CLIENTS, SLOW_S), "A client that sends slowly")


def test_idle_clients_starve_nobody(subject):
    subject.settle(complaint_with_crowd(subject, IDLE_CLIENTS, 0), "An idle client")


def test_a_client_that_never_reads_starves_nobody(subject):
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(PATIENCE_S)
        client.connect((HOST, subject.port))
        fill(client, HEALTH * 100, DEAF_BYTES, BLOCKED_S)
        complaint = subject.complaint_about_a_row()
    subject.settle(complaint, "A thread answers nobody while one of its clients does not read")


def test_dropped_connections_cost_nothing(subject):
    request = subject.row.request
    sent = [b"", request[:30], request[:-5], request]
    complaint = None
    try:
        for number in range(DROPPED):
            drop(subject.port, sent[number % len(sent)], PATIENCE_S)
            if number % DROPPED_AT_ONCE == DROPPED_AT_ONCE - 1:
                complaint = complaint or subject.complaint_about_a_row()
    except OSError as error:
        complaint = Complaint(f"a connection cannot be made after {number} were dropped: {error}")
    subject.settle(complaint)


def test_a_server_without_descriptors_does_not_spin_and_answers_again(subject, note):
    pids = subject.pids
    if not pids:
        pytest.skip("this system does not tell a server's processes")
    with few_descriptors(pids, FREE_DESCRIPTORS):
        try:
            with clients(subject.port, LACKING_CLIENTS, PATIENCE_S):
                time.sleep(0.3)
                share = cpu_share(pids, 1.0)
        except OSError:
            # A listener that is closed meanwhile: what counts is that it comes back.
            share = 0.0
        complaint = None if answers_again(subject) else Complaint("no answer once descriptors are free again")
    note(f"without descriptors: {share:.2f} CPUs")
    if complaint is None and share > SPIN_CPU_SHARE:
        complaint = Complaint(f"without descriptors it uses {share:.2f} CPUs")
    subject.settle(complaint, "Without free descriptors")


def answers_again(subject: Subject) -> bool:
    """Whether a good request is answered before long; a first connection may still meet the lack."""
    deadline_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline_s:
        if subject.complaint_about_a_row() is None:
            return True
        time.sleep(0.1)
    return False
