"""Takes down what phones send: stands between them and the upload engine, and changes nothing."""

from collections.abc import Callable

from mppsim.core.evidence import find_phone, fingerprint, place_of
from mppsim.core.url import Url
from mppsim.fleet.ledger import Ledger
from mppsim.http import HttpOutcome, HttpRequest
from mppsim.net.surroundings import UploadLine, Uploads
from mppsim.net.tls import BRINGS_NOTHING, PhoneTls

__all__ = ["Bookkeeper"]

_UNSURE = frozenset({"timeout", "reset", "cut", "bad-reply"})
"""Reasons of uploads whose report the server may have all the same."""


class Bookkeeper:
    """Stands in for the upload engine."""

    def __init__(self, uploads: Uploads, ledger: Ledger) -> None:
        self._uploads = uploads
        self._ledger = ledger

    def open_session(
        self, source: str | None = None, tls: PhoneTls = BRINGS_NOTHING, rate: int | None = None
    ) -> UploadLine:
        """Begin the uploads of one run of one phone, as `Uploads` says."""
        return _Line(self._uploads.open_session(source, tls, rate), self._ledger)


class _Line:
    __slots__ = ("_ledger", "_line", "close")

    def __init__(self, line: UploadLine, ledger: Ledger) -> None:
        self._line = line
        self._ledger = ledger
        self.close = line.close

    def send(self, request: HttpRequest, done: Callable[[HttpOutcome], None]) -> None:
        if request.method == "GET":
            self._line.send(request, done)
            return
        ledger = self._ledger
        place = _place_of(request, request.url)
        ledger.sent(place)

        def see(outcome: HttpOutcome) -> None:
            if outcome.reason is None or outcome.reason in _UNSURE:
                # A redirect has led to another place.
                at = place if outcome.url is request.url else _place_of(request, outcome.url)
                take_down = ledger.unsure if outcome.reason else ledger.accepted
                take_down(at, fingerprint(request.body))
            done(outcome)

        self._line.send(request, see)


def _place_of(request: HttpRequest, url: Url) -> str:
    target = url.target
    if url.scheme == "tftp":
        return place_of(find_phone("", target), target)  # TFTP has no User-Agent
    for name, value in request.headers:
        if name == "User-Agent":
            return place_of(find_phone(value, target), target)
    return place_of(find_phone("", target), target)
