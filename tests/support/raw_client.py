"""An HTTP client that sends exactly the bytes it is given: nothing is normalised on the way."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

PATIENCE = 10.0
"""No answer takes so long; a test that waits longer has failed."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def get(self, name: str) -> str | None:
        return next(iter(self.get_all(name)), None)

    def get_all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name.lower()]


class RawClient:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def read_answer(self, *, to_head: bool = False) -> Answer:
        async with asyncio.timeout(PATIENCE):
            head = await self.reader.readuntil(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").split("\r\n")[:-2]
            pairs = (line.split(": ", 1) for line in lines)
            headers = tuple((name.lower(), value) for name, value in pairs)
            answer = Answer(int(first.split()[1]), headers, b"")
            length = 0 if to_head else int(answer.get("content-length") or 0)
            return Answer(answer.status, headers, await self.reader.readexactly(length))

    async def read_to_end(self) -> bytes:
        """Read until the server closes; an abrupt close is one too."""
        async with asyncio.timeout(PATIENCE):
            try:
                return await self.reader.read()
            except ConnectionError:
                return b""

    async def exchange(self, data: bytes) -> Answer:
        self.send(data)
        return await self.read_answer(to_head=data.startswith(b"HEAD "))

    async def close(self) -> None:
        self.writer.close()
        with suppress(OSError):
            await self.writer.wait_closed()


@asynccontextmanager
async def connected(url: str, context: ssl.SSLContext | None = None) -> AsyncIterator[RawClient]:
    parts = urlsplit(url)
    client = RawClient(*await asyncio.open_connection(parts.hostname, parts.port, ssl=context))
    try:
        yield client
    finally:
        await client.close()


async def exchange(url: str, data: bytes, context: ssl.SSLContext | None = None) -> Answer:
    async with connected(url, context) as client:
        return await client.exchange(data)


def request(method: str, path: str, body: bytes | None = None, *headers: str) -> bytes:
    """A request as a plain client sends it; without a body it announces none."""
    lines = [f"{method} {path} HTTP/1.1", "Host: server", *headers]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join((*lines, "", "")).encode("utf-8", "surrogateescape") + (body or b"")
