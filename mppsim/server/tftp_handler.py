"""Answers a TFTP request: where it leads, what comes of it, and what is told of it.

The directory and its rules are those of PUT and GET; TFTP knows no users, so nobody is asked.
"""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import quote_from_bytes

from mppsim.core.evidence import find_phone
from mppsim.server.events import Received, ServerEvent, TurnedAway, hide_target
from mppsim.server.forgetful import Store
from mppsim.server.recognise import (
    AES128GCM,
    PLAIN,
    UNKNOWN,
    UNOPENED,
    Keyring,
    Recognised,
    recognise,
)
from mppsim.server.refusal import Refused
from mppsim.server.settings import ServerSettings
from mppsim.server.target import Target, parse_target
from mppsim.tftp import Receiving, Sending, Tid, Transfer, TransferLimits
from mppsim.tftp.packet import OCTET, ErrorCode, ErrorPacket, Request, RequestKind
from mppsim.tftp.terms import read_offer

__all__ = ["DALLY_SECONDS", "Service", "TftpHandler"]

DALLY_SECONDS = 5.0
"""How long the last block of a report is acknowledged again; clients repeat it after 1 to 5 s."""

_CODE_OF = {
    404: ErrorCode.NOT_FOUND,
    413: ErrorCode.DISK_FULL,
    500: ErrorCode.NOT_DEFINED,
    501: ErrorCode.NOT_DEFINED,
    503: ErrorCode.NOT_DEFINED,
    507: ErrorCode.DISK_FULL,
}
"""Every other status is an access violation."""


@dataclass(frozen=True, slots=True)
class Service:
    """A transfer to carry, and whom to call once it has ended, however it did."""

    transfer: Transfer
    end: Callable[[], None]


class TftpHandler:
    """Makes the transfer that a request asks for."""

    def __init__(
        self, settings: ServerSettings, store: Store, tell: Callable[[ServerEvent], None]
    ) -> None:
        """Answer from a store; `tell` is called before the client knows."""
        self._store = store
        self._tell = tell
        self._keyring = Keyring(keys=settings.keys, ikm=settings.ikm)
        self._limits = TransferLimits(
            whole_seconds=settings.limits.tftp_seconds,
            file_bytes=settings.limits.body_bytes,
            dally_seconds=DALLY_SECONDS,
        )

    def answer(self, request: Request, client: Tid) -> Service:
        """Make the transfer; raise `Refused` where there is none to make."""
        if request.mode != OCTET:
            raise Refused(501, f"only mode {OCTET}: a report is kept as the bytes that came")
        target = _parse_path(request.path)
        if request.kind is RequestKind.READ:
            return self._send(request, target, client)
        return self._receive(request, target, client)

    def turn_away(self, request: Request, refused: Refused) -> ErrorPacket:
        """Tell of a refused request, and give what the client gets."""
        error = _to_error(refused)
        self._tell_turned_away(request, error.code, error.message)
        return error

    def _send(self, request: Request, target: Target, client: Tid) -> Service:
        file = self._store.open(target)
        terms = read_offer(request.options)
        if terms.size is not None:
            terms = replace(terms, size=os.fstat(file.fileno()).st_size)

        def read(at: int, count: int) -> bytes:
            return os.pread(file.fileno(), count, at)

        return Service(Sending(read, client, terms, self._limits), file.close)

    def _receive(self, request: Request, target: Target, client: Tid) -> Service:
        terms, most = read_offer(request.options), self._limits.file_bytes
        if terms.size is not None and terms.size > most:
            raise Refused(413, f"the file is larger than {most} bytes")

        def keep(body: bytes) -> ErrorPacket | None:
            return self._keep(request, target, body)

        transfer = Receiving(keep, client, terms, self._limits)
        return Service(transfer, lambda: self._tell_cut_off(request, transfer))

    def _keep(self, request: Request, target: Target, body: bytes) -> ErrorPacket | None:
        try:
            self._store.put(target, body)
        except Refused as refused:
            return _to_error(refused)
        found = _recognise(body, self._keyring)
        self._tell(
            Received(
                method=request.kind,
                path=_show(request.path),
                phone=find_phone("", request.path),
                content=found.content,
                encryption=found.encryption,
                bytes=len(body),
                sha256=hashlib.sha256(body).hexdigest(),
                status=None,
            )
        )
        return None

    def _tell_cut_off(self, request: Request, transfer: Receiving) -> None:
        ending = transfer.ending
        if transfer.is_whole:
            return
        if ending is None or ending.code is None:
            reason = "the client left before its report was whole"
            self._tell_turned_away(request, None, reason)
        else:
            self._tell_turned_away(request, ending.code, ending.message)

    def _tell_turned_away(self, request: Request, code: int | None, reason: str) -> None:
        self._tell(
            TurnedAway(
                method=request.kind,
                path=_show(request.path),
                phone=find_phone("", request.path),
                status=code,
                reason=reason,
            )
        )


def _parse_path(path: str) -> Target:
    # Many clients leave out the slash at the front. What is a name here is a name in a URL, too.
    octets = path.encode("utf-8", "surrogateescape")
    return parse_target("/" + quote_from_bytes(octets.removeprefix(b"/")))


def _show(path: str) -> str:
    return hide_target(path.encode("utf-8", "backslashreplace").decode())


def _to_error(refused: Refused) -> ErrorPacket:
    return ErrorPacket(_CODE_OF.get(refused.status, ErrorCode.ACCESS_VIOLATION), refused.reason)


def _recognise(body: bytes, keyring: Keyring) -> Recognised:
    found = recognise(body, keyring=keyring)
    if keyring.ikm is not None and (found.content, found.encryption) == (UNKNOWN, PLAIN):
        # No header announces RFC 8188 over TFTP: only its opening can tell.
        sealed = recognise(body, content_encoding=AES128GCM, keyring=keyring)
        return found if sealed.encryption == UNOPENED else sealed
    return found
