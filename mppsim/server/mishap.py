"""What a fault does to the request that it befalls."""

import asyncio
import re
import socket
import struct
from contextlib import suppress

from aiohttp import hdrs, web
from aiohttp.web_request import BaseRequest

from mppsim.server.authentication import REALM
from mppsim.server.faults import Fault, FaultKind

__all__ = ["befall", "make_slow", "send_on"]

_SENTENCE = "a fault, on purpose\n"
_MARK = re.compile(r"[?&]mppsim-redirects=([0-9]{1,3})\Z")
"""Stands at the end of a target to which a fault has sent: how many redirects are still to come."""
_RESETS = struct.pack("ii", 1, 0)
"""A connection that is closed with this is reset."""
_PATIENCE = 10.0
"""Seconds that the part of a body may take which comes before a cut."""


async def befall(fault: Fault, request: BaseRequest) -> web.Response | None:
    """Let a fault befall a request; None: it is to be served all the same."""
    match fault.kind:
        case FaultKind.STATUS:
            return _say(int(fault.value))
        case FaultKind.AUTH:
            response = _say(401)
            response.headers[hdrs.WWW_AUTHENTICATE] = f'Basic realm="{REALM}", charset="UTF-8"'
            return response
        case FaultKind.REDIRECT:
            return _redirect(request.raw_path, rest=max(1, int(fault.value)) - 1)
        case FaultKind.CUT:
            await _cut(request)
            return _say(400)  # nobody is there to read it
        case FaultKind.DELAY:
            await asyncio.sleep(fault.value)
        case FaultKind.SLOW:
            make_slow(request)
    return None


def send_on(request: BaseRequest) -> tuple[bool, web.Response | None]:
    """Tell whether a request comes from a redirect of ours, and give the next one, if any."""
    matched = _MARK.search(request.raw_path)
    if matched is None:
        return False, None
    rest = int(matched[1])
    origin = request.raw_path[: matched.start()]
    return True, _redirect(origin, rest=rest - 1) if rest else None


def make_slow(request: BaseRequest) -> None:
    """Let the system take as little as it can of what the server has not read yet."""
    if request.transport is None:
        return
    connection = request.transport.get_extra_info("socket")
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)


def _redirect(target: str, *, rest: int) -> web.Response:
    response = _say(307)
    mark = "&" if "?" in target else "?"
    response.headers[hdrs.LOCATION] = f"{target}{mark}mppsim-redirects={rest}"
    return response


async def _cut(request: BaseRequest) -> None:
    """Read the first half of the body, and reset the connection."""
    half = (request.content_length or 0) // 2
    with suppress(TimeoutError, ConnectionError, web.RequestPayloadError):
        async with asyncio.timeout(_PATIENCE):
            while half > 0 and (piece := await request.content.readany()):
                half -= len(piece)
    if request.transport is not None:
        connection = request.transport.get_extra_info("socket")
        with suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESETS)
        request.transport.abort()


def _say(status: int) -> web.Response:
    return web.Response(status=status, text=_SENTENCE, headers={hdrs.SERVER: "mppsim"})
