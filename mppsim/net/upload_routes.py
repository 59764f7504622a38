"""The way out for every scheme: one line of uploads that goes by HTTP or by TFTP, as a URL says."""

from collections.abc import Callable

from mppsim.http import HttpOutcome, HttpRequest
from mppsim.net.surroundings import UploadLine, Uploads
from mppsim.net.tftp import TftpClient, TftpSession
from mppsim.net.tls import BRINGS_NOTHING, PhoneTls

__all__ = ["UploadRoutes"]


class UploadRoutes:
    """Sends `tftp` URLs by a TFTP client, and all others by an HTTP engine."""

    def __init__(self, http: Uploads, tftp: TftpClient) -> None:
        self._http = http
        self._tftp = tftp

    def open_session(
        self, source: str | None = None, tls: PhoneTls = BRINGS_NOTHING, rate: int | None = None
    ) -> UploadLine:
        """Begin the uploads of one run of one phone, as `Uploads` says; TFTP knows no rate."""
        return _Line(self._http.open_session(source, tls, rate), self._tftp, source)


class _Line:
    """The uploads of one run; TFTP is asked for when a report goes there."""

    __slots__ = ("_client", "_http", "_source", "_tftp")

    def __init__(self, http: UploadLine, client: TftpClient, source: str | None) -> None:
        self._http = http
        self._client = client
        self._source = source
        self._tftp: TftpSession | None = None

    def send(self, request: HttpRequest, done: Callable[[HttpOutcome], None]) -> None:
        if request.url.scheme != "tftp":
            self._http.send(request, done)
            return
        if self._tftp is None:
            self._tftp = self._client.open_session(self._source)
        self._tftp.send(request, done)

    def close(self) -> None:
        self._http.close()
        if self._tftp is not None:
            self._tftp.close()
