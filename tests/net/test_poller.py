import selectors
import socket
from collections.abc import Iterator

import pytest

from mppsim.net.poller import READ, WRITE, Poller, SelectorPoller, open_poller


@pytest.fixture(params=["best", "dressed"])
def poller(request: pytest.FixtureRequest) -> Iterator[Poller]:
    made = open_poller() if request.param == "best" else SelectorPoller(selectors.EpollSelector())
    yield made
    made.close()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    one, other = socket.socketpair()
    yield one, other
    one.close()
    other.close()


Pair = tuple[socket.socket, socket.socket]


def test_socket_is_told_when_it_can_be_read(poller: Poller, pair: Pair) -> None:
    poller.register(pair[0].fileno(), READ)
    assert poller.poll(0) == []

    pair[1].send(b"x")

    assert poller.poll(0) == [(pair[0].fileno(), READ)]


def test_socket_is_told_what_it_asks_for_now(poller: Poller, pair: Pair) -> None:
    poller.register(pair[0].fileno(), READ)
    poller.modify(pair[0].fileno(), READ | WRITE)
    assert poller.poll(0) == [(pair[0].fileno(), WRITE)]

    poller.modify(pair[0].fileno(), READ)

    assert poller.poll(0) == []


def test_number_of_a_closed_socket_can_be_watched_again(poller: Poller, pair: Pair) -> None:
    poller.register(pair[0].fileno(), READ)
    number = pair[0].fileno()
    pair[0].close()
    with socket.socket() as again:
        assert again.fileno() == number

        poller.register(number, READ)


def test_poller_is_readable_itself_while_it_has_something(poller: Poller, pair: Pair) -> None:
    with selectors.SelectSelector() as outer:
        outer.register(poller.fileno(), selectors.EVENT_READ)
        poller.register(pair[0].fileno(), READ)
        assert outer.select(0) == []

        pair[1].send(b"x")

        assert len(outer.select(0)) == 1
