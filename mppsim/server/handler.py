"""Answers a request: who may, where it leads, what came, and what is told of it."""

import asyncio
import hashlib
import os
from collections.abc import Callable
from functools import partial
from time import monotonic

from aiohttp import hdrs, web
from aiohttp.web_request import BaseRequest

from mppsim.core.evidence import find_phone
from mppsim.server.authentication import Doorkeeper
from mppsim.server.events import Befallen, Received, ServerEvent, TurnedAway, hide_target
from mppsim.server.faults import Fault, FaultKind, Misfortune
from mppsim.server.forgetful import Store
from mppsim.server.mishap import befall, send_on
from mppsim.server.reception import receive_body
from mppsim.server.recognise import Keyring, recognise
from mppsim.server.refusal import Refused
from mppsim.server.settings import ServerSettings
from mppsim.server.target import Target, parse_target
from mppsim.server.tls import read_peer_mac

__all__ = ["ReportHandler", "say"]

ALLOWED = ("GET", "HEAD", "PUT", "POST")
_MEDIA_TYPES = {"xml": "text/xml", "cfg": "text/xml", "txt": "text/plain"}
_OCTETS = "application/octet-stream"


class ReportHandler:
    """Answers every request of every connection."""

    def __init__(
        self, settings: ServerSettings, store: Store, tell: Callable[[ServerEvent], None]
    ) -> None:
        self.misfortune = Misfortune(settings.seed)
        self._limits = settings.limits
        self._needs_certificate = settings.tls is not None and settings.tls.client_ca is not None
        keyring = Keyring(keys=settings.keys, ikm=settings.ikm)
        self._recognise = partial(recognise, keyring=keyring, is_trusting=settings.is_trusting)
        self._store = store
        self._tell = tell
        self._in_hand = 0
        self._is_idle = asyncio.Event()
        self._is_idle.set()
        login = settings.login
        self._doorkeeper = None if login is None else Doorkeeper(login, secret=os.urandom(32))

    async def __call__(self, request: BaseRequest) -> web.StreamResponse:
        """Answer one request; tell of a report, and of whoever is turned away."""
        self._in_hand += 1
        self._is_idle.clear()
        try:
            return await self._meet_fate(request)
        except Refused as refused:
            self._tell_turned_away(request, refused.status, refused.reason)
            return _close_unless_read(request, say(refused.status, refused.reason))
        except ConnectionError:
            reason = "the client left before its request was whole"
            self._tell_turned_away(request, None, reason)
            return say(400, reason)  # nobody is there to read it
        finally:
            self._in_hand -= 1
            if not self._in_hand:
                self._is_idle.set()

    async def finish(self) -> None:
        """Wait until no request is in hand."""
        await self._is_idle.wait()

    async def _meet_fate(self, request: BaseRequest) -> web.StreamResponse:
        """Answer a request, once it has met what is to befall it."""
        is_sent_on, onward = send_on(request)
        if onward is not None:
            return onward
        fault = None if is_sent_on else self._draw(request)
        if fault is not None:
            spoilt = await befall(fault, request)
            if spoilt is not None:
                return _close_unless_read(request, spoilt)
        rate = fault.value if fault is not None and fault.kind is FaultKind.SLOW else None
        return await self._answer(request, rate)

    def _draw(self, request: BaseRequest) -> Fault | None:
        if not self.misfortune.faults:
            return None
        phone = _phone_of(request)
        fault = self.misfortune.draw(phone or request.path)
        if fault is not None:
            path = hide_target(request.raw_path)
            self._tell(Befallen(method=request.method, path=path, phone=phone, fault=str(fault)))
        return fault

    async def _answer(self, request: BaseRequest, rate: float | None) -> web.StreamResponse:
        if request.method not in ALLOWED:
            raise Refused(405, f"only {', '.join(ALLOWED)}")
        if self._needs_certificate and request.get_extra_info("peercert") is None:
            raise Refused(403, "this server asks for a client certificate")
        if (challenge := self._challenge(request)) is not None:
            return challenge
        target = parse_target(request.raw_path)
        if request.method in {"GET", "HEAD"}:
            return self._send(target, is_wanted=request.method == "GET")
        return await self._receive(request, target, rate)

    def _challenge(self, request: BaseRequest) -> web.Response | None:
        """Ask for credentials, unless the request brings the right ones or needs none."""
        if self._doorkeeper is None:
            return None
        now = monotonic()
        header = request.headers.get(hdrs.AUTHORIZATION)
        verdict = self._doorkeeper.judge(
            header, method=request.method, uri=request.raw_path, now=now
        )
        if verdict.is_admitted:
            return None
        if verdict.is_wrong:
            self._tell_turned_away(request, 401, "wrong user or password")
        response = say(401, "this server asks for a user and a password")
        for value in self._doorkeeper.build_challenges(now=now, is_stale=verdict.is_stale):
            response.headers.add(hdrs.WWW_AUTHENTICATE, value)
        return _close_unless_read(request, response)

    def _send(self, target: Target, *, is_wanted: bool) -> web.Response:
        """Answer with a stored file, or with its head alone."""
        file = self._store.open(target)
        media_type = _MEDIA_TYPES.get(target.names[-1].rpartition(".")[2].lower(), _OCTETS)
        headers = {hdrs.SERVER: "mppsim"}
        if is_wanted:
            return web.Response(body=file, content_type=media_type, headers=headers)
        with file:
            headers[hdrs.CONTENT_LENGTH] = str(os.fstat(file.fileno()).st_size)
        return web.Response(content_type=media_type, headers=headers)

    async def _receive(
        self, request: BaseRequest, target: Target, rate: float | None
    ) -> web.Response:
        body = await receive_body(request, self._limits, rate=rate)
        headers = {hdrs.SERVER: "mppsim"}
        if request.method == "PUT":
            status = 201 if self._store.put(target, body) else 204
        else:
            status = 201
            headers[hdrs.LOCATION] = str(self._store.add(target, body))
        self._tell_received(request, body, status)
        return web.Response(status=status, headers=headers)

    def _tell_received(self, request: BaseRequest, body: bytes, status: int) -> None:
        encoding = request.headers.get(hdrs.CONTENT_ENCODING, "")
        found = self._recognise(body, content_encoding=encoding)
        self._tell(
            Received(
                method=request.method,
                path=hide_target(request.raw_path),
                phone=_phone_of(request),
                content=found.content,
                encryption=found.encryption,
                bytes=len(body),
                sha256=hashlib.sha256(body).hexdigest(),
                status=status,
            )
        )

    def _tell_turned_away(self, request: BaseRequest, status: int | None, reason: str) -> None:
        self._tell(
            TurnedAway(
                method=request.method,
                path=hide_target(request.raw_path),
                phone=_phone_of(request),
                status=status,
                reason=reason,
            )
        )


def say(status: int, sentence: str) -> web.Response:
    """Build an answer that says in one line why nothing was done."""
    headers = {hdrs.SERVER: "mppsim"}
    if status == 405:
        headers[hdrs.ALLOW] = ", ".join(ALLOWED)
    return web.Response(status=status, text=f"{sentence}\n", headers=headers)


def _close_unless_read(request: BaseRequest, response: web.Response) -> web.Response:
    # A client that waits for "100 Continue" may send its next request instead of the body, and
    # what is left of a body that is too large or too slow is not worth waiting for.
    if hdrs.EXPECT in request.headers or response.status in {408, 413}:
        response.force_close()
    return response


def _phone_of(request: BaseRequest) -> str:
    shown = read_peer_mac(request.get_extra_info("peercert"))
    return shown or find_phone(request.headers.get(hdrs.USER_AGENT, ""), request.raw_path)
