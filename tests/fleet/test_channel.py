"""Values between two processes; here both ends are in one loop."""

import asyncio
import socket

from mppsim.fleet.channel import Channel, open_channel
from tests.support.turns import turns


class End:
    """One end of a channel, and what came to it."""

    channel: Channel

    def __init__(self) -> None:
        self.came: list[object] = []
        self.lost = asyncio.Event()
        self.arrived = asyncio.Event()

    def take(self, value: object) -> None:
        self.came.append(value)
        self.arrived.set()

    async def wait_for(self, count: int) -> list[object]:
        while len(self.came) < count:
            self.arrived.clear()
            await self.arrived.wait()
        return self.came


async def pair() -> tuple[End, End]:
    ends = End(), End()
    for end, sock in zip(ends, socket.socketpair(), strict=True):
        end.channel = await open_channel(sock, end.take, end.lost.set)
    return ends


async def test_values_come_whole_and_in_order() -> None:
    here, there = await pair()
    values: list[object] = [("go", 1.5), None, {"a": [1, 2]}, b"x" * 3_000_000, "last"]
    for value in values:
        here.channel.send(value)

    assert await there.wait_for(5) == values
    here.channel.close()
    await there.lost.wait()


async def test_value_that_comes_in_pieces_waits_for_its_end() -> None:
    end = End()
    channel = Channel(end.take, end.lost.set)
    other = End()
    near, far = socket.socketpair()
    with near, far:
        sender = await open_channel(near, other.take, other.lost.set)
        sender.send(("go", 2.0))
        await turns(3)
        wire = far.recv(1000)
        for octet in wire * 2:
            channel.data_received(bytes([octet]))
        sender.close()
        await other.lost.wait()

    assert end.came == [("go", 2.0), ("go", 2.0)]


async def test_end_of_the_other_side_is_told() -> None:
    here, there = await pair()
    here.channel.close()
    await there.lost.wait()
    there.channel.send("nobody takes this")
    here.channel.send("nor this")
    here.channel.close()
    await turns(3)

    assert there.came == here.came == []
    assert here.lost.is_set()


async def test_what_was_sent_before_the_end_arrives() -> None:
    here, there = await pair()
    here.channel.send(b"x" * 3_000_000)
    here.channel.close()
    await there.lost.wait()

    assert there.came == [b"x" * 3_000_000]


async def test_backlog_is_what_nobody_has_taken_yet() -> None:
    near, far = socket.socketpair()
    end = End()
    with far:
        channel = await open_channel(near, end.take, end.lost.set)
        channel.send(b"x" * 5_000_000)

        assert channel.backlog > 1_000_000

    await end.lost.wait()

    assert channel.backlog == 0
