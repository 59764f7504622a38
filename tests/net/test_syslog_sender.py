import asyncio
import socket

from mppsim.net.resolver import Address
from mppsim.net.syslog_sender import SyslogSender


class Collector(asyncio.DatagramProtocol):
    """A syslog server."""

    def __init__(self) -> None:
        self.lines: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, _: object) -> None:
        self.lines.put_nowait(data)


async def listen(host: str = "127.0.0.1") -> tuple[Collector, int, asyncio.DatagramTransport]:
    transport, collector = await asyncio.get_running_loop().create_datagram_endpoint(
        Collector, local_addr=(host, 0)
    )
    return collector, transport.get_extra_info("sockname")[1], transport


async def test_line_arrives_as_one_datagram() -> None:
    collector, port, transport = await listen()
    with SyslogSender() as sender:
        sender.send("127.0.0.1", port, b"<133>one")
        sender.send("127.0.0.1", port, b"<133>two")

        assert [await collector.lines.get() for _ in range(2)] == [b"<133>one", b"<133>two"]
    transport.close()


async def test_name_is_looked_up_first() -> None:
    collector, port, transport = await listen()
    with SyslogSender() as sender:
        sender.send("localhost", port, b"<133>one")
        found = Address(socket.AF_INET, ("127.0.0.1", port))
        sender._found(b"<133>two", (found,))

        assert await collector.lines.get() == b"<133>two"
    transport.close()


async def test_line_to_ipv6_goes_by_a_socket_of_its_own() -> None:
    collector, port, transport = await listen("::1")
    with SyslogSender() as sender:
        sender.send("127.0.0.1", port, b"<133>lost")
        sender.send("::1", port, b"<133>one")

        assert await collector.lines.get() == b"<133>one"
        assert len(sender._sockets) == 2
    transport.close()


async def test_line_that_cannot_be_sent_is_lost_and_nobody_minds() -> None:
    with SyslogSender() as sender:
        sender.send("127.0.0.1", 9, b"x" * 70_000)
        sender._found(b"<133>", OSError("no such name"))


async def test_line_is_not_sent_once_the_sender_is_closed() -> None:
    sender = SyslogSender()
    sender.close()

    sender.send("127.0.0.1", 9, b"<133>late")

    assert sender._sockets == {}
