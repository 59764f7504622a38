"""A bare HTTP server that does what a script says, right or wrong, on a free port.

A script is a coroutine function that is given each connection in turn as a `Peer`. `answering`
makes the usual one: read a request, send the next reply.
"""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenRequest:
    """A request as it came in."""

    connection: int
    """Which connection brought it, counted from 1."""
    client: str
    """The address it came from."""
    line: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)


class Peer:
    """The server's end of a connection."""

    def __init__(
        self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.number = number
        self.reader = reader
        self.writer = writer
        self.seen: list[SeenRequest] = []

    async def read_head(self) -> bytes:
        """Read up to the empty line; b"" where the client ended first."""
        try:
            return await self.reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return b""

    async def read_request(self) -> SeenRequest | None:
        """Read a whole request; None where the client ended the connection."""
        head = await self.read_head()
        if not head:
            return None
        line, *rest = head.decode().split("\r\n")[:-2]
        headers = tuple((name, value) for name, _, value in (one.partition(": ") for one in rest))
        body = await self.reader.readexactly(int(dict(headers).get("Content-Length", 0)))
        client = self.writer.get_extra_info("peername")[0]
        request = SeenRequest(
            connection=self.number, client=client, line=line, headers=headers, body=body
        )
        self.seen.append(request)
        return request

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    def reset(self) -> None:
        """End the connection with a RST."""
        plain = self.writer.get_extra_info("socket")
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Script = Callable[[Peer], Awaitable[None]]
Answer = bytes | Callable[[SeenRequest], bytes]


def answering(*answers: Answer, then: Answer | None = None) -> Script:
    """Answer one request after the other, over all connections; then with `then`, or close."""
    left = list(answers)

    async def script(peer: Peer) -> None:
        while True:
            answer = left.pop(0) if left else then
            if answer is None:
                return
            request = await peer.read_request()
            if request is None:
                left.insert(0, answer)
                return
            await peer.send(answer if isinstance(answer, bytes) else answer(request))

    return script


def reply(status: int, *headers: str, body: bytes = b"") -> bytes:
    """Write a plain reply."""
    lines = [f"HTTP/1.1 {status} Because", *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


class ScriptedServer:
    """A running server; `requests` is what it has seen."""

    def __init__(self, scheme: str, host: str, port: int) -> None:
        self.scheme = scheme
        self.host = host
        self.port = port
        self.peers: list[Peer] = []
        self.tasks: set[asyncio.Task[None]] = set()

    @property
    def requests(self) -> list[SeenRequest]:
        return [request for peer in self.peers for request in peer.seen]

    def url(self, target: str = "/a.xml", host: str | None = None) -> str:
        return f"{self.scheme}://{host or self.host}:{self.port}{target}"

    async def finish(self) -> None:
        """Wait until every connection has ended."""
        while self.tasks:
            await asyncio.wait(self.tasks)


@asynccontextmanager
async def serve_script(
    script: Script, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[ScriptedServer]:
    """Run a server for as long as the block lasts."""
    server: ScriptedServer

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = Peer(len(server.peers) + 1, reader, writer)
        server.peers.append(peer)
        task = asyncio.current_task()
        assert task is not None
        server.tasks.add(task)
        try:
            await script(peer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client has gone, as some tests want it
        finally:
            writer.close()
            server.tasks.discard(task)

    listener = await asyncio.start_server(accept, host, 0, ssl=tls)
    port = listener.sockets[0].getsockname()[1]
    server = ScriptedServer("https" if tls else "http", host, port)
    try:
        yield server
    finally:
        listener.close()
        for task in tuple(server.tasks):
            task.cancel()
        await asyncio.gather(*server.tasks, return_exceptions=True)
        for peer in server.peers:
            peer.writer.transport.abort()
