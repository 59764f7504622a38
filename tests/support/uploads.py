"""What the tests of the upload engine share: requests, addresses, a clock, a server that hangs."""

import socket

from mppsim.core.url import parse_url
from mppsim.http import Credentials, HttpRequest
from mppsim.net.resolver import Address
from mppsim.net.uploader import UploadEngine
from tests.support.http_server import Peer

BODY = b"<flat-profile><A/></flat-profile>\n"
BIG = bytes(range(256)) * 40_000


class SetClock:
    """The engine's clock, set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def put(url: str, body: bytes = BODY, credentials: Credentials | None = None) -> HttpRequest:
    return HttpRequest(
        method="PUT",
        url=parse_url(url),
        headers=(("User-Agent", "phone"),),
        body=body,
        credentials=credentials,
    )


def get(url: str, *, keep_body: int, credentials: Credentials | None = None) -> HttpRequest:
    return HttpRequest(
        method="GET", url=parse_url(url), keep_body=keep_body, credentials=credentials
    )


def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def know(engine: UploadEngine, host: str, port: int, *ips: str) -> None:
    """Let the engine know the addresses of a name."""
    addresses = tuple(Address(socket.AF_INET, (ip, port)) for ip in ips)
    engine._resolver._numeric[host, port] = addresses


async def hang(peer: Peer) -> None:
    await peer.read_request()
    await peer.read_head()
