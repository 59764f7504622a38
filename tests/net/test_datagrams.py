"""UDP sockets: what is sent, what comes, and what the system says of closed ports."""

import errno
import socket
import sys

import pytest

from mppsim.net.datagrams import Incoming, open_datagrams, receive, receive_errors, send
from mppsim.tftp import Outgoing, Tid
from tests.support.udp_peer import closed_udp_port, udp_peer

HOSTS = [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]


@pytest.mark.parametrize(("family", "host"), HOSTS)
async def test_datagram_goes_and_comes(family: int, host: str) -> None:
    with udp_peer(host) as peer, open_datagrams(family, host) as opened:
        send(opened, Outgoing(b"to you", peer.tid))
        assert await peer.hear() == b"to you"
        peer.say(b"to me")

        assert receive(opened) == Incoming(b"to me", peer.tid)
        assert receive(opened) is None


def test_socket_is_bound_where_it_is_told() -> None:
    port = closed_udp_port()
    with open_datagrams(socket.AF_INET, "127.0.0.9", port) as opened:
        assert opened.getsockname() == ("127.0.0.9", port)


def test_address_that_is_not_ours_is_an_error_and_leaves_no_socket() -> None:
    with pytest.raises(OSError, match="assign"):
        open_datagrams(socket.AF_INET, "192.0.2.1")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
@pytest.mark.parametrize(("family", "host"), HOSTS)
def test_closed_port_is_told_with_its_address(family: int, host: str) -> None:
    closed = Tid(host, closed_udp_port())
    with open_datagrams(family) as opened:
        send(opened, Outgoing(b"one", closed))
        send(opened, Outgoing(b"two", closed))

        errors = receive_errors(opened)
        assert {error.to for error in errors} == {closed}
        assert {error.error.errno for error in errors} == {errno.ECONNREFUSED}
        assert receive_errors(opened) == []


async def test_closed_port_of_one_does_not_keep_from_hearing_another() -> None:
    closed = Tid("127.0.0.1", closed_udp_port())
    with udp_peer() as peer, open_datagrams(socket.AF_INET, "127.0.0.1") as opened:
        own = Tid(*opened.getsockname())
        send(opened, Outgoing(b"lost", closed))
        send(opened, Outgoing(b"found", peer.tid))
        assert await peer.hear() == b"found"
        peer.say(b"heard", own)
        send(opened, Outgoing(b"lost", closed))
        receive_errors(opened)

        assert receive(opened) == Incoming(b"heard", peer.tid)


def test_address_without_a_way_is_an_error() -> None:
    broadcast = Outgoing(b"x", Tid("255.255.255.255", 9))
    with open_datagrams(socket.AF_INET, "127.0.0.1") as opened, pytest.raises(PermissionError):
        send(opened, broadcast)


class _FullSocket(socket.socket):
    def sendto(self, *_: object) -> int:  # type: ignore[override]  # a double
        raise BlockingIOError


def test_full_buffer_loses_the_datagram_as_a_network_would() -> None:
    with _FullSocket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        send(opened, Outgoing(b"x", Tid("127.0.0.1", 9)))


def test_elsewhere_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with open_datagrams(socket.AF_INET, "127.0.0.1") as opened:
        send(opened, Outgoing(b"x", Tid("127.0.0.1", closed_udp_port())))

        assert receive_errors(opened) == []
        assert receive(opened) is None
