"""Listen for all phones' pages: each phone at its own address, all of them at one port."""

import asyncio
import errno
import os
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from aiohttp import hdrs, web
from aiohttp.web_request import BaseRequest

from mppsim.admin.desk import AdminDesk
from mppsim.admin.listener import AdminLimits, AdminListener, local_address
from mppsim.admin.reply import PageRequest, Reply, RequestError, sentence
from mppsim.errors import StartError
from mppsim.net.phone import Phone

__all__ = ["AdminSite"]

_CUT_SECONDS = 0.1
"""How long an answer may still take when the site stops."""


class AdminSite:
    """Shows the pages of phones in the running event loop.

    ```python
    site = AdminSite(phones.get)
    url = await site.start("127.0.0.5", 8080)
    ...
    await site.stop()
    ```

    `directory` finds a phone by the local address of a connection; a phone that is down or whose
    Enable_Web_Server is No has none, and connections to it are cut. An idle phone costs nothing.
    """

    def __init__(
        self, directory: Callable[[str], Phone | None], *, limits: AdminLimits | None = None
    ) -> None:
        self._directory = directory
        self._limits = limits or AdminLimits()
        self._desk = AdminDesk(os.urandom)
        self._listener: AdminListener | None = None
        self._sockets: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> str:
        """Listen, at port 0 on any free one, and return the URL.

        Raises `StartError` where it cannot.
        """
        try:
            await self._serve(host=host, port=port)
        except (OSError, UnicodeError) as error:
            reason = _explain(error)
            raise StartError(f"cannot show the page at {host}:{port}: {reason}") from error
        assert self._sockets is not None, "nothing is open"
        taken = self._sockets.sockets[0].getsockname()[1]
        return f"http://[{host}]:{taken}" if ":" in host else f"http://{host}:{taken}"

    async def start_on(self, bound: socket.socket) -> None:
        """Listen at a socket that is bound already; from then on it is the site's to close."""
        await self._serve(sock=bound)

    def cut(self) -> None:
        """Stop listening, and cut every connection now; answers in hand are lost."""
        if self._sockets is None or self._listener is None:
            return
        self._sockets.close()
        for connection in self._listener.connections:
            if connection.transport is not None:
                connection.transport.abort()
        self._sockets = self._listener = None

    async def stop(self) -> None:
        """Stop listening and close every connection."""
        if self._sockets is None or self._listener is None:
            return
        self._sockets.close()
        self._listener.pre_shutdown()
        await self._listener.shutdown(_CUT_SECONDS)
        await asyncio.sleep(0)  # one turn of the loop, in which closed connections go
        self._sockets = self._listener = None

    async def _serve(self, **where: Any) -> None:
        self._listener = AdminListener(self._answer, self._is_served, self._limits)
        loop = asyncio.get_running_loop()
        self._sockets = await loop.create_server(self._listener, **where)

    def _phone_at(self, address: str) -> Phone | None:
        phone = self._directory(address)
        is_on = phone is not None and phone.is_up and phone.parameters["Enable_Web_Server"] == "Yes"
        return phone if is_on else None

    def _is_served(self, address: str) -> bool:
        return self._phone_at(address) is not None

    async def _answer(self, request: BaseRequest) -> web.StreamResponse:
        address = local_address(request.transport)
        try:
            body = await _read_body(request, self._limits)
        except RequestError as refused:
            return _response(sentence(refused.status, refused.reason), is_last=True)
        phone = self._phone_at(address)
        if phone is None:
            request.protocol.force_close()  # it went down, or its web server was switched off
            return web.Response()
        now = asyncio.get_running_loop().time()
        reply = self._desk.answer(_page_request(request, body), phone, local_ip=address, now=now)
        return _response(reply)


async def _read_body(request: BaseRequest, limits: AdminLimits) -> bytes:
    """Read a body whole, within its limits; raises `RequestError`."""
    if (request.content_length or 0) > limits.body_bytes:
        raise RequestError(413, "the form is too large")
    if request.headers.get(hdrs.EXPECT, "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # the answer proper has not begun
    pieces: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(limits.body_seconds):
            while piece := await request.content.readany():
                size += len(piece)
                if size > limits.body_bytes:
                    raise RequestError(413, "the form is too large")
                pieces.append(piece)
    except TimeoutError:
        raise RequestError(408, "the form did not come in time") from None
    except web.RequestPayloadError:
        raise RequestError(400, "the form is not framed as its head says") from None
    return b"".join(pieces)


def _page_request(request: BaseRequest, body: bytes) -> PageRequest:
    path, query = request.path, request.rel_url.raw_query_string
    if not query:
        # Credentials may follow a literal &: docs/phone.md, the administration web page.
        bare, ampersand, login = request.rel_url.raw_path.partition("&xuser=")
        path, query = (unquote(bare), ampersand + login) if ampersand else (path, query)
    return PageRequest(
        method=request.method,
        target=request.raw_path,
        path=path,
        query=query,
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
    )


def _response(reply: Reply, *, is_last: bool = False) -> web.Response:
    is_text = reply.media_type.startswith("text/")
    response = web.Response(
        status=reply.status,
        body=reply.body,
        content_type=reply.media_type,
        charset="utf-8" if is_text else None,
        headers={hdrs.SERVER: "mppsim"},
    )
    for name, value in reply.headers:
        response.headers.add(name, value)
    if is_last:
        response.force_close()
    return response


def _explain(error: OSError | UnicodeError) -> str:
    # asyncio puts a sentence of its own around what the system said.
    if isinstance(error, OSError) and error.errno and error.errno in errno.errorcode:
        hint = "; choose another with --web-port, or 0 for any free one"
        is_taken = error.errno == errno.EADDRINUSE
        return f"{os.strerror(error.errno)}{hint if is_taken else ''}"
    return "no such address"
