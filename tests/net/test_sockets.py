import errno
import socket
import time
from collections import deque
from collections.abc import Iterator
from functools import partial

import pytest

from mppsim.net.resolver import Address
from mppsim.net.sockets import cut_off, drain, is_quiet, lose_unsent, open_socket, take_error


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def to(listener: socket.socket) -> Address:
    return Address(socket.AF_INET, listener.getsockname())


def test_socket_does_not_block_and_holds_nothing_back(listener: socket.socket) -> None:
    with open_socket(to(listener), None) as made:
        assert made.gettimeout() == 0.0
        assert made.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert take_error(made) is None


def test_two_sockets_from_one_address_have_ports_of_their_own(listener: socket.socket) -> None:
    with (
        open_socket(to(listener), "127.20.0.7") as one,
        open_socket(to(listener), "127.20.0.7") as other,
    ):
        assert one.getsockname()[0] == other.getsockname()[0] == "127.20.0.7"
        assert one.getsockname()[1] != other.getsockname()[1]


def test_source_that_is_not_ours_is_an_error_and_leaves_no_socket(listener: socket.socket) -> None:
    with pytest.raises(OSError, match="assign"):
        open_socket(to(listener), "192.0.2.1")


def test_address_of_another_family_is_an_error_that_says_so() -> None:
    with pytest.raises(OSError, match=r"127\.0\.0\.1 .* family") as failed:
        open_socket(Address(socket.AF_INET6, ("::1", 9, 0, 0)), "127.0.0.1")

    assert failed.value.errno == errno.EAFNOSUPPORT


def test_address_that_nobody_can_connect_to_is_an_error() -> None:
    with pytest.raises(OSError) as failed:  # noqa: PT011 -- the number is what counts
        open_socket(Address(socket.AF_INET, ("255.255.255.255", 9)), None)

    assert failed.value.errno in {errno.ENETUNREACH, errno.EACCES}


def test_refusal_is_taken_from_the_socket() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with open_socket(to(taken), None) as made:
            error = take_error(made)

    assert isinstance(error, ConnectionRefusedError)


@pytest.mark.parametrize(("event", "expected"), [("", True), ("data", False), ("end", False)])
def test_idle_connection_is_good_while_nothing_happens(event: str, expected: bool) -> None:
    one, other = socket.socketpair()
    with one, other:
        one.setblocking(False)
        if event == "data":
            other.send(b"x")
        elif event == "end":
            other.close()

        assert is_quiet(one) is expected


def test_idle_connection_that_was_reset_is_not_good(listener: socket.socket) -> None:
    with open_socket(to(listener), None) as made:
        accepted, _ = listener.accept()
        made.send(b"unread")
        accepted.close()  # with something unread: a reset

        assert is_quiet(made) is False


def test_socket_with_a_rate_takes_as_long_as_that_rate_needs(listener: socket.socket) -> None:
    body = b"x" * 3_000
    with open_socket(to(listener), None, rate=20_000) as made:
        taken, _ = listener.accept()
        with taken:
            began = time.monotonic()
            made.sendall(body)
            received = 0
            while received < len(body):
                received += len(taken.recv(len(body)))
            seconds = time.monotonic() - began

    # 150 ms, but for the first segments, which go at once, and the last, which nothing follows.
    assert seconds > 0.03


def test_socket_that_loses_what_it_has_not_sent_is_reset(listener: socket.socket) -> None:
    made = open_socket(to(listener), None, rate=1_000)
    taken, _ = listener.accept()
    with taken:
        made.sendall(b"x" * 50_000)
        lose_unsent(made)
        made.close()
        with pytest.raises(ConnectionResetError):
            deque(iter(partial(taken.recv, 1 << 16), b""), maxlen=0)


@pytest.mark.parametrize(
    ("sent", "left"),
    [
        (0, [b"head", b"body"]),
        (3, [b"d", b"body"]),
        (4, [b"body"]),
        (7, [b"y"]),
    ],
)
def test_what_has_been_sent_is_cut_off_wherever_that_ends(sent: int, left: list[bytes]) -> None:
    assert [bytes(piece) for piece in cut_off((b"head", b"body"), sent)] == left


def test_drained_is_what_has_come_and_nothing_where_that_would_wait_or_fails() -> None:
    one, other = socket.socketpair()
    with one:
        one.setblocking(False)
        with other:
            other.send(b"the rest")

            assert (drain(one), drain(one)) == (b"the rest", b"")
        assert drain(one) == b""
    assert drain(one) == b""
