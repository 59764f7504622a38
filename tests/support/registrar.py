"""A registrar for tests: it answers each REGISTER as its script says, over UDP, TCP or TLS."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from mppsim.sip.digest import DigestAlgorithm, compute_response, parse_auth_params
from mppsim.sip.message import SipRequest, parse_message
from mppsim.sip.stream import MessageCutter
from tests.support.sip_messages import answer_to, read_headers
from tests.support.sip_peer import LIMIT

__all__ = ["Registrar", "registrar"]

PASSWORDS = {"1001": "secret", "1002": "other"}
CHALLENGE = 'WWW-Authenticate: Digest realm="pbx", nonce="{}", qop="auth", algorithm={}'


class Registrar:
    """Grants what is asked for, unless its script says something else for a while."""

    def __init__(self, *script: str) -> None:
        self.script = list(script)
        """What the next REGISTERs get: `403 Forbidden`, `silence`, `close`, `challenge`."""
        self.requests: list[bytes] = []
        self.sources: list[tuple[str, int]] = []
        self.responses: list[bytes] = []
        self.port = 0
        self.algorithm = "MD5"
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._came = asyncio.Event()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def has(self, count: int) -> list[bytes]:
        """Wait for so many requests."""
        await self._wait(lambda: len(self.requests) >= count)
        return self.requests

    async def has_responses(self, count: int) -> list[bytes]:
        await self._wait(lambda: len(self.responses) >= count)
        return self.responses

    def send(self, message: bytes) -> None:
        """Send a request over the connection that was made last."""
        self._writers[-1].write(message)

    def cut(self) -> None:
        """End all connections."""
        for writer in self._writers:
            writer.transport.abort()

    def take(self, message: bytes, source: tuple[str, int]) -> bytes | None:
        """Give the answer; None: end the connection."""
        if not isinstance(parse_message(message), SipRequest):
            self.responses.append(message)
            self._came.set()
            return b""
        self.requests.append(message)
        self.sources.append(source[:2])
        self._came.set()
        said = self.script.pop(0) if self.script else "200 OK"
        if said == "close":
            return None
        if said == "silence":
            return b""
        if said == "challenge":
            if self.is_authorized(message):
                said = "200 OK"
            else:
                self.script.insert(0, "challenge")
                line = CHALLENGE.format(f"n{len(self.requests)}", self.algorithm)
                return answer_to(message, "401 Unauthorized", line)
        status, *lines = said.split("\n")
        if status == "200 OK" and not lines:
            lines = [f"Contact: {contact}" for contact in read_headers(message, "Contact")]
        return answer_to(message, status, *lines)

    @staticmethod
    def is_authorized(message: bytes) -> bool:
        given = read_headers(message, "Authorization")
        if not given:
            return False
        params = parse_auth_params(given[0])[1]
        expected = compute_response(
            algorithm=DigestAlgorithm(params["algorithm"]),
            username=params["username"],
            realm="pbx",
            password=PASSWORDS.get(params["username"], ""),
            nonce=params["nonce"],
            method="REGISTER",
            uri=params["uri"],
            qop="auth",
            nc=params["nc"],
            cnonce=params["cnonce"],
        )
        return expected == params["response"]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        cutter = MessageCutter()
        self._writers.append(writer)
        task = asyncio.current_task()
        assert task is not None
        self._tasks.append(task)
        with suppress(OSError):
            while data := await reader.read(65_536):
                cutter.feed(data)
                for message in cutter.messages():
                    answer = self.take(message, writer.get_extra_info("peername"))
                    if answer is None:
                        writer.transport.abort()
                        return
                    writer.write(answer)
        writer.transport.abort()

    async def _wait(self, is_there: Callable[[], bool]) -> None:
        async with asyncio.timeout(LIMIT):
            while not is_there():
                self._came.clear()
                await self._came.wait()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, owner: Registrar) -> None:
        self._owner = owner

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = self._owner.take(data, addr)
        if answer:
            self._transport.sendto(answer, addr)


@asynccontextmanager
async def registrar(
    *script: str, transport: str = "UDP", tls: ssl.SSLContext | None = None
) -> AsyncIterator[Registrar]:
    owner = Registrar(*script)
    if transport == "UDP":
        datagrams, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Datagrams(owner), local_addr=("127.0.0.1", 0)
        )
        owner.port = datagrams.get_extra_info("sockname")[1]
        try:
            yield owner
        finally:
            datagrams.close()
        return
    server = await asyncio.start_server(owner.serve, "127.0.0.1", 0, ssl=tls)
    owner.port = server.sockets[0].getsockname()[1]
    async with server:
        try:
            yield owner
        finally:
            owner.cut()
            await asyncio.gather(*owner._tasks)
