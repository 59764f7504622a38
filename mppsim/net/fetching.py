"""What a phone sends to fetch a file: the request that a job of the core asks for."""

from dataclasses import replace

from mppsim.core.resync_events import FetchJob
from mppsim.core.upload import SHARED_HEADERS
from mppsim.core.url import Url, parse_url
from mppsim.http import Credentials, HttpRequest

__all__ = ["build_fetch"]


def build_fetch(job: FetchJob, *, tftp_server: str) -> HttpRequest | None:
    """Build the request of a fetch; None: to a bare path, and the phone has no TFTP server."""
    url = _direct(job.url, tftp_server)
    if url is None:
        return None
    return HttpRequest(
        method="GET",
        url=url,
        headers=(("User-Agent", job.user_agent), *SHARED_HEADERS),
        credentials=None if job.user is None else Credentials(job.user, job.password or ""),
        keep_body=job.limit,
    )


def _direct(url: Url, tftp_server: str) -> Url | None:
    """Send a bare path to the phone's TFTP server, if it has one."""
    if url.host:
        return url
    if not tftp_server:
        return None
    known = parse_url(f"tftp://{tftp_server}/")
    return replace(url, host=known.host, port=known.port)
