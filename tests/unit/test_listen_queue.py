from servebench.trial.listen_queue import ENTRY, HEADER, LISTEN, SOCK_DIAG_BY_FAMILY, messages, queue_of

DONE = 3


def entry(port, queue, state=LISTEN):
    return ENTRY.pack(2, state, port.to_bytes(2, "big"), queue) + bytes(12)


def message(kind, body):
    return HEADER.pack(HEADER.size + len(body), kind, 2, 0, 0) + body


def test_the_kernels_struct_has_its_size():
    # inet_diag_msg of linux/inet_diag.h is 72 bytes long, its queue stands at 56.
    assert len(entry(80, 0)) == 72
    assert ENTRY.size == 60


def test_each_socket_of_a_port_is_found():
    reply = message(SOCK_DIAG_BY_FAMILY, entry(8000, 179)) + message(SOCK_DIAG_BY_FAMILY, entry(8001, 5))
    read = list(messages(reply + message(DONE, bytes(4))))
    assert [kind for kind, _ in read] == [SOCK_DIAG_BY_FAMILY, SOCK_DIAG_BY_FAMILY, DONE]
    assert [queue_of(body, 8000) for _, body in read[:2]] == [[179], []]


def test_a_connection_of_the_same_port_is_no_listener():
    assert queue_of(entry(8000, 4096, state=1), 8000) == []
