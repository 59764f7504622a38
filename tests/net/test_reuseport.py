"""Several sockets at one port, chosen by destination address. Real sockets on loopback."""

import socket
from collections.abc import Callable

import pytest

from mppsim.errors import StartError
from mppsim.net import reuseport
from mppsim.net.reuseport import close_all, open_group

Prepare = Callable[[socket.socket], None]


def open_udp(port: int, prepare: Prepare, kind: int = socket.SOCK_DGRAM) -> socket.socket:
    sock = socket.socket(socket.AF_INET, kind)
    try:
        prepare(sock)
        sock.bind(("0.0.0.0", port))
    except OSError:
        sock.close()
        raise
    sock.setblocking(False)
    return sock


def open_tcp(port: int, prepare: Prepare) -> socket.socket:
    sock = open_udp(port, prepare, socket.SOCK_STREAM)
    sock.listen()
    return sock


def place_of(address: int, workers: int) -> tuple[str, int]:
    """An address of 127.20.0.0/16 as text, and the worker that a phone there lives in."""
    number = (127 << 24) + (20 << 16) + address
    return socket.inet_ntoa(number.to_bytes(4, "big")), number % workers


@pytest.mark.parametrize("workers", [1, 2, 3, 4])
def test_datagram_comes_to_the_worker_of_its_destination(workers: int) -> None:
    group = open_group(open_udp, 0, workers)
    port = group[0].getsockname()[1]
    came = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(("127.0.0.1", 0))
        for address in range(1, 400):
            host, worker = place_of(address, workers)
            sender.sendto(host.encode(), (host, port))
            came.append(group[worker].recv(100).decode())
    close_all(group)

    assert came == [place_of(address, workers)[0] for address in range(1, 400)]


@pytest.mark.parametrize("workers", [2, 3])
def test_connection_comes_to_the_worker_of_its_destination(workers: int) -> None:
    group = open_group(open_tcp, 0, workers)
    port = group[0].getsockname()[1]
    came = []
    for address in range(1, 60):
        host, worker = place_of(address, workers)
        with socket.create_connection((host, port)), group[worker].accept()[0] as accepted:
            came.append(accepted.getsockname()[0])
    close_all(group)

    assert came == [place_of(address, workers)[0] for address in range(1, 60)]


def test_sockets_of_a_group_have_the_same_port() -> None:
    group = open_group(open_udp, 0, 3)
    ports = {sock.getsockname()[1] for sock in group}
    close_all(group)

    assert len(ports) == 1


def test_group_that_cannot_be_whole_leaves_nothing_open() -> None:
    opened = []

    def open_two(port: int, prepare: Prepare) -> socket.socket:
        if len(opened) == 2:
            raise StartError("no more")
        opened.append(open_udp(port, prepare))
        return opened[-1]

    with pytest.raises(StartError, match="no more"):
        open_group(open_two, 0, 3)

    assert [sock.fileno() for sock in opened] == [-1, -1]


def test_port_of_somebody_else_is_taken() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("0.0.0.0", 0))
        with pytest.raises(OSError, match="Address already in use"):
            open_group(open_udp, other.getsockname()[1], 2)


@pytest.mark.parametrize("open_socket", [open_udp, open_tcp])
def test_port_of_another_group_is_taken(open_socket) -> None:
    group = open_group(open_socket, 0, 2)
    with pytest.raises(OSError, match="Address already in use"):
        open_group(open_socket, group[0].getsockname()[1], 2)

    close_all(group)


def test_port_can_be_chosen() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("0.0.0.0", 0))
        port = other.getsockname()[1]
    group = open_group(open_udp, port, 2)
    ports = {sock.getsockname()[1] for sock in group}
    close_all(group)

    assert ports == {port}


def test_system_without_groups_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reuseport, "has_groups", lambda: False)

    with pytest.raises(StartError, match="--workers 1"):
        open_group(open_udp, 0, 2)
