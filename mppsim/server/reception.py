"""Takes in a request's body: whole, within its limits, or not at all."""

import asyncio

from aiohttp import hdrs, web
from aiohttp.web_request import BaseRequest

from mppsim.server.refusal import Refused
from mppsim.server.settings import Limits

__all__ = ["receive_body"]

BREATH_SECONDS = 0.05
"""From one read of a slow reader to the next."""


async def receive_body(request: BaseRequest, limits: Limits, *, rate: float | None = None) -> bytes:
    """Read the body that a PUT or POST announces, as the bytes that came.

    With `rate` so many bytes a second are read, however long that takes.

    Raise `Refused` for a body that is too large, too slow, malformed or not announced, and
    `ConnectionError` when the client left before its end.
    """
    _check_head(request, limits)
    await _invite(request)
    try:
        async with asyncio.timeout(limits.body_seconds if rate is None else None):
            return await _read_up_to(request, limits.body_bytes, rate)
    except TimeoutError:
        seconds = limits.body_seconds
        raise Refused(408, f"the body did not come within {seconds:g} seconds") from None
    except web.RequestPayloadError:
        raise Refused(400, "the body is not framed as its head says") from None


def _check_head(request: BaseRequest, limits: Limits) -> None:
    if hdrs.CONTENT_RANGE in request.headers:
        # RFC 9110 section 14.4: taken for the whole, a part would spoil what is there.
        raise Refused(400, "a report is sent whole, without Content-Range")
    size = request.content_length
    if size is None and hdrs.TRANSFER_ENCODING not in request.headers:
        raise Refused(411, "neither Content-Length nor Transfer-Encoding announces a body")
    if size is not None and size > limits.body_bytes:
        raise _too_large(limits.body_bytes)


async def _invite(request: BaseRequest) -> None:
    """Tell a client that waits for it to go on (RFC 9110 section 10.1.1)."""
    expectation = request.headers.get(hdrs.EXPECT)
    if expectation is None or request.version < (1, 1):
        return
    if expectation.lower() != "100-continue":
        raise Refused(417, "no such expectation: 100-continue is the only one")
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    request.writer.output_size = 0  # the answer proper has not begun


async def _read_up_to(request: BaseRequest, most: int, rate: float | None) -> bytes:
    pieces = []
    size = 0
    content = request.content
    at_once = -1 if rate is None else max(1, int(rate * BREATH_SECONDS))
    while piece := await (content.readany() if rate is None else content.read(at_once)):
        size += len(piece)
        if size > most:
            raise _too_large(most)
        pieces.append(piece)
        if rate is not None:
            await asyncio.sleep(len(piece) / rate)
    return b"".join(pieces)


def _too_large(most: int) -> Refused:
    return Refused(413, f"the body is larger than {most} bytes")
