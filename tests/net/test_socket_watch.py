import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from mppsim.net.poller import READ, WRITE
from mppsim.net.socket_watch import SocketWatch
from tests.support.turns import turns


class Reader:
    """Reads what its socket has; may close another one."""

    def __init__(self, watch: SocketWatch, own: socket.socket) -> None:
        self.watch = watch
        self.own = own
        self.victims: list[Reader] = []
        self.masks: list[int] = []
        self.newcomer: tuple[Reader, socket.socket] | None = None

    def serve(self, mask: int) -> None:
        self.masks.append(mask)
        with suppress(BlockingIOError):
            self.own.recv(100)
        for victim in self.victims:
            self.watch.drop(victim.own.fileno(), victim.own)
            self.newcomer = make_reader(self.watch)


@pytest.fixture
async def watch() -> AsyncIterator[SocketWatch]:
    watch = SocketWatch(asyncio.get_running_loop())
    yield watch
    watch.close()


def make_reader(watch: SocketWatch, mask: int = READ) -> tuple[Reader, socket.socket]:
    own, far = socket.socketpair()
    own.setblocking(False)
    reader = Reader(watch, own)
    watch.add(own.fileno(), reader, mask)
    return reader, far


async def test_all_that_are_ready_are_served_in_one_turn(watch: SocketWatch) -> None:
    made = [make_reader(watch) for _ in range(5)]
    for _, far in made:
        far.send(b"x")
    await turns(2)

    assert [reader.masks for reader, _ in made] == [[READ]] * 5
    for reader, far in made:
        watch.drop(reader.own.fileno(), reader.own)
        far.close()


async def test_change_of_mind_is_obeyed(watch: SocketWatch) -> None:
    reader, far = make_reader(watch)
    far.send(b"x")
    watch.change(reader.own.fileno(), READ | WRITE)
    await turns(2)

    assert reader.masks[0] == READ | WRITE
    watch.drop(reader.own.fileno(), reader.own)
    far.close()


async def test_number_of_a_socket_closed_in_a_batch_is_not_given_away_within_it(
    watch: SocketWatch,
) -> None:
    (first, far_first), (second, far_second) = make_reader(watch), make_reader(watch)
    first.victims, second.victims = [second], [first]
    far_first.send(b"x")
    far_second.send(b"x")
    await turns(2)

    # Whoever was served first closed the other, whose event was in the same batch.
    assert sorted((first.masks, second.masks)) == [[], [READ]]
    survivor = first if first.masks else second
    assert survivor.newcomer is not None
    newcomer, far_newcomer = survivor.newcomer
    assert newcomer.masks == []
    assert len(watch) == 2
    for reader in (survivor, newcomer):
        watch.drop(reader.own.fileno(), reader.own)
    assert (first.own.fileno(), second.own.fileno()) == (-1, -1)
    for far in (far_first, far_second, far_newcomer):
        far.close()


async def test_more_than_the_poller_tells_at_once_are_served_in_one_turn(
    watch: SocketWatch,
) -> None:
    made = [make_reader(watch) for _ in range(70)]
    for _, far in made:
        far.send(b"x")
    await turns()

    assert [reader.masks for reader, _ in made] == [[READ]] * 70
    for reader, far in made:
        watch.drop(reader.own.fileno(), reader.own)
        far.close()


async def test_socket_that_was_never_watched_is_only_closed(watch: SocketWatch) -> None:
    (reader, far), (stranger, far_stranger) = make_reader(watch), socket.socketpair()
    watch.drop(stranger.fileno(), stranger)

    assert (len(watch), stranger.fileno()) == (1, -1)
    watch.drop(reader.own.fileno(), reader.own)
    assert len(watch) == 0
    far.close()
    far_stranger.close()
