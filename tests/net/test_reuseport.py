"""Several sockets at one port, chosen by destination address. Real sockets on loopback."""

import os
import socket
from typing import Self

import pytest

from mppsim.errors import StartError
from mppsim.net.reuseport import PortGroups, find_free_port

UDP, TCP = socket.SOCK_DGRAM, socket.SOCK_STREAM


class Workers:
    """What N processes do one after the other is done by one here."""

    def __init__(self, count: int) -> None:
        pipes = [os.pipe() for _ in range(count - 1)]
        self.groups = [
            PortGroups(
                worker,
                count,
                before=pipes[worker - 1][0] if worker else -1,
                after=pipes[worker][1] if worker < count - 1 else -1,
            )
            for worker in range(count)
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for group in self.groups:
            group.close()
            for sock in group.sockets:
                sock.close()

    def open(self, *kinds: socket.SocketKind, port: int) -> list[list[socket.socket]]:
        """Open a socket of each kind in each worker; by kind, then by worker."""
        for group in self.groups:
            for kind in kinds:
                self.open_one(group, kind, port)
            group.finish()
        return [[group.sockets[place] for group in self.groups] for place in range(len(kinds))]

    @staticmethod
    def open_one(group: PortGroups, kind: socket.SocketKind, port: int) -> None:
        sock = socket.socket(socket.AF_INET, kind)
        try:
            group.prepare(sock)
            sock.bind(("0.0.0.0", port))
        except BaseException:
            sock.close()
            raise
        if kind == TCP:
            sock.listen()
        sock.setblocking(False)


def place_of(address: int, workers: int) -> tuple[str, int]:
    """An address of 127.20.0.0/16 as text, and the worker that a phone there lives in."""
    number = (127 << 24) + (20 << 16) + address
    return socket.inet_ntoa(number.to_bytes(4, "big")), number % workers


@pytest.fixture
def port() -> int:
    return find_free_port("0.0.0.0")


@pytest.mark.parametrize("count", [2, 3, 4])
def test_datagram_comes_to_the_worker_of_its_destination(count: int, port: int) -> None:
    came = []
    with Workers(count) as workers, socket.socket(socket.AF_INET, UDP) as sender:
        (group,) = workers.open(UDP, port=port)
        sender.bind(("127.0.0.1", 0))
        for address in range(1, 400):
            host, worker = place_of(address, count)
            sender.sendto(host.encode(), (host, port))
            came.append(group[worker].recv(100).decode())

    assert came == [place_of(address, count)[0] for address in range(1, 400)]


@pytest.mark.parametrize("count", [2, 3])
def test_connection_comes_to_the_worker_of_its_destination(count: int, port: int) -> None:
    came = []
    with Workers(count) as workers:
        _, group = workers.open(UDP, TCP, port=port)
        for address in range(1, 60):
            host, worker = place_of(address, count)
            with socket.create_connection((host, port)), group[worker].accept()[0] as accepted:
                came.append(accepted.getsockname()[0])

    assert came == [place_of(address, count)[0] for address in range(1, 60)]


@pytest.mark.parametrize("kind", [UDP, TCP])
def test_port_of_another_run_is_not_shared(kind: socket.SocketKind, port: int) -> None:
    with Workers(2) as ours, Workers(2) as theirs:
        ours.open(kind, port=port)
        with pytest.raises(OSError, match="Address already in use"):
            theirs.open(kind, port=port)


def test_worker_after_one_that_failed_fails_too(port: int) -> None:
    with Workers(2) as workers, socket.socket(socket.AF_INET, TCP) as other:
        other.bind(("0.0.0.0", port))
        first, second = workers.groups
        workers.open_one(first, UDP, port)
        with pytest.raises(OSError, match="Address already in use"):
            workers.open_one(first, TCP, port)
        first.close()
        workers.open_one(second, UDP, port)
        with pytest.raises(StartError, match="the worker before"):
            workers.open_one(second, TCP, port)


def test_free_port_is_free_for_both_transports() -> None:
    port = find_free_port("127.0.0.1")
    for kind in (UDP, TCP):
        with socket.socket(socket.AF_INET, kind) as sock:
            sock.bind(("127.0.0.1", port))


def test_free_port_is_none_that_a_connection_may_be_given() -> None:
    assert all(16_384 <= find_free_port("127.0.0.1") < 32_768 for _ in range(20))


def test_address_that_is_not_ours_has_no_free_port() -> None:
    with pytest.raises(StartError, match=r"no port is free at 192\.0\.2\.1"):
        find_free_port("192.0.2.1")
