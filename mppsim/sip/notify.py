"""Answer what a phone is sent over SIP: NOTIFY above all, OPTIONS, and a refusal for the rest.

Authentication, then method, then headers is RFC 3261's order for requests that need the first;
`Auth_Resync-Reboot` covers the events that the phone obeys, so an unknown event gets its 489
unchallenged. 483 is a proxy's answer and never a phone's (RFC 3261 section 16.3): a request with
`Max-Forwards: 0` that has arrived has arrived.

Source: RFC 3261 section 8.2, RFC 6665 section 8, RFC 8760; the event names are those of Cisco's
provisioning guides.
"""

import re
from collections.abc import Callable
from typing import Generic, NamedTuple, Protocol, TypeVar

from mppsim.errors import SipError
from mppsim.sip.answer import ALLOWED_METHODS, AnswerBuilder
from mppsim.sip.challenge import Challenger, SipAccount, Verdict
from mppsim.sip.header import TopVia, has_tag, read_top_via
from mppsim.sip.message import SipRequest, check_request, parse_message
from mppsim.sip.transaction import ServerTransactions, transaction_key
from mppsim.sip.usual import UsualNotify, read_usual_notify

__all__ = ["OBEYED_EVENTS", "Answer", "Callee", "NotifyServer"]

OBEYED_EVENTS = ("report", "resync", "check-sync", "reboot_now", "reboot", "restart_now")
"""The event packages that make the phone do something."""

# The value may be a whole rule, so it ends with the header, whatever it holds.
_PROFILE = re.compile(rb';[ \t]*profile[ \t]*=[ \t]*("?)(.+)\1[ \t]*\Z', re.IGNORECASE)
_OBEYED = {name.encode(): name for name in OBEYED_EVENTS}
_ALLOW = (b"Allow", ALLOWED_METHODS)
_ALLOW_EVENTS = (b"Allow-Events", ", ".join(OBEYED_EVENTS).encode())
_CAPABILITIES = (
    # RFC 3261 section 11.2; a NOTIFY may bring any body, since none is looked at.
    _ALLOW,
    _ALLOW_EVENTS,
    (b"Accept", b"*/*"),
    (b"Accept-Encoding", b"identity"),
    (b"Accept-Language", b"en"),
)


class Callee(Protocol):
    """What the server must know of a phone."""

    @property
    def is_up(self) -> bool:
        """Whether the phone answers at all."""

    @property
    def accounts(self) -> tuple[SipAccount, ...]:
        """The accounts of its lines, in the order of the lines."""

    @property
    def server_name(self) -> str:
        """What its answers say as `Server`: `Cisco-CP-8851-3PCC/12.0.7`."""


PhoneT = TypeVar("PhoneT", bound=Callee)


class Answer(NamedTuple, Generic[PhoneT]):
    """What is to be done about a datagram: send `datagram`, then let `phone` obey `obeyed`.

    `code` is the status of the answer. `package` is the event of a NOTIFY that was judged just
    now (empty when it named none); it and `obeyed` are None for everything else, retransmissions
    included. `obeyed` is the package, or `resync;profile=` and the profile that it names.
    """

    datagram: bytes | None = None
    phone: PhoneT | None = None
    code: int | None = None
    package: str | None = None
    obeyed: str | None = None


class _Target(NamedTuple):
    """Where a datagram came to."""

    local: str
    line: int


class _Reply(NamedTuple):
    """A status, before it is an answer."""

    code: int
    status_line: bytes
    extra: tuple[tuple[bytes, bytes], ...] = ()


_OK = _Reply(200, b"200 OK")


class NotifyServer(Generic[PhoneT]):
    """The SIP side of one or many phones: a datagram in, an answer or silence out.

    `find_phone` is given the local address that a datagram came to and the user of its
    Request-URI, and gives the phone, or None for a 404. `secret` is at least 16 random bytes.
    """

    __slots__ = ("_builder", "_challenger", "_find_phone", "_transactions")

    def __init__(self, find_phone: Callable[[str, str], PhoneT | None], *, secret: bytes) -> None:
        self._find_phone = find_phone
        self._builder = AnswerBuilder(secret)
        self._challenger = Challenger(secret)
        self._transactions = ServerTransactions()

    def receive(
        self, datagram: bytes, source: tuple[str, int], *, local: str, now: float, line: int = 0
    ) -> Answer[PhoneT]:
        """Judge one datagram from `source` to the address `local`; nothing is ever raised.

        `line` is the line at whose port it came, 0 where all lines share one. Silence (no
        `datagram`) is for what is no SIP request, for ACK, for requests without a Via and for
        phones that are down.
        """
        usual = read_usual_notify(datagram, source)
        if usual is not None:
            answer = self._receive_usual(usual, local, line, now)
            if answer is not None:
                return answer
        return self._receive_carefully(datagram, source, _Target(local, line), now)

    def _receive_usual(
        self, usual: UsualNotify, local: str, line: int, now: float
    ) -> Answer[PhoneT] | None:
        """Say 200 to a usual NOTIFY without a fault; None leaves it to the careful way."""
        raw_user, event, key, echo = usual
        package = _OBEYED.get(event)
        if package is None:
            return None
        user = raw_user.decode("utf-8", "surrogateescape")
        phone = self._find_phone(local, user)
        if phone is None or not phone.is_up or _choose_account(phone.accounts, user, line):
            return None
        repeated = self._transactions.find(key, now=now)
        if repeated is not None:
            return Answer(repeated, phone)
        datagram = self._builder.build_ok(echo, phone.server_name)
        self._transactions.store(key, datagram, now=now)
        return Answer(datagram, phone, 200, package, package)

    def _receive_carefully(
        self, datagram: bytes, source: tuple[str, int], target: _Target, now: float
    ) -> Answer[PhoneT]:
        try:
            request = parse_message(datagram)
        except SipError:
            return Answer()
        # RFC 3261 section 18.3 and 17.1.1.3: a response matches no transaction of ours, and an
        # ACK is never answered.
        if not isinstance(request, SipRequest) or request.method == b"ACK":
            return Answer()
        phone = self._find_phone(target.local, request.user)
        if b"via" not in request.fields or (phone is not None and not phone.is_up):
            return Answer()
        via = read_top_via(request.fields[b"via"], source)
        try:
            check_request(request)
        except SipError as fault:
            return self._refuse(request, via, phone, fault)
        if via is None:
            return self._refuse(request, via, phone, SipError("Malformed Via Header Field"))
        if request.method != b"NOTIFY" or phone is None:
            reply = _judge_other(request, phone)
            return Answer(self._build(request, via, phone, reply), phone, reply.code)
        return self._receive_notify(request, via, phone, target, now)

    def _receive_notify(
        self,
        request: SipRequest,
        via: TopVia,
        phone: PhoneT,
        target: _Target,
        now: float,
    ) -> Answer[PhoneT]:
        key = transaction_key(request, via)
        repeated = self._transactions.find(key, now=now)
        if repeated is not None:
            return Answer(repeated, phone)
        package, reply = _judge_event(request)
        if reply is None:
            account = _choose_account(phone.accounts, request.user, target.line)
            reply = self._authenticate(request, account, target.local, now) if account else _OK
        datagram = self._build(request, via, phone, reply)
        self._transactions.store(key, datagram, now=now)
        obeyed = _read_obeyed(request, package) if reply is _OK else None
        return Answer(datagram, phone, reply.code, package, obeyed)

    def _authenticate(
        self, request: SipRequest, account: SipAccount, local: str, now: float
    ) -> _Reply:
        realm = account.realm or local
        verdict = self._challenger.judge(request, account, realm, now=now)
        if verdict is Verdict.ACCEPTED:
            return _OK
        challenges = self._challenger.build_challenges(
            account, realm, stale=verdict is Verdict.STALE, now=now
        )
        headers = tuple((b"WWW-Authenticate", value) for value in challenges)
        return _Reply(401, b"401 Unauthorized", headers)

    def _build(
        self, request: SipRequest, via: TopVia | None, phone: PhoneT | None, reply: _Reply
    ) -> bytes:
        name = "" if phone is None else phone.server_name
        return self._builder.build(
            request, reply.status_line, via=via, server_name=name, extra=reply.extra
        )

    def _refuse(
        self, request: SipRequest, via: TopVia | None, phone: PhoneT | None, fault: SipError
    ) -> Answer[PhoneT]:
        code = fault.status_hint
        wanted = b", ".join(request.values(b"require"))
        extra = ((b"Unsupported", wanted),) if code == 420 else ()
        datagram = self._build(request, via, phone, _Reply(code, f"{code} {fault}".encode(), extra))
        return Answer(datagram, phone, code, "" if request.method == b"NOTIFY" else None)


def _judge_other(request: SipRequest, phone: Callee | None) -> _Reply:
    """Answer what is no NOTIFY, or is for nobody here."""
    # RFC 3261 section 9.2: there is never an INVITE in hand that a CANCEL could stop.
    if request.method == b"CANCEL" or (phone is not None and has_tag(request.fields[b"to"])):
        return _Reply(481, b"481 Call/Transaction Does Not Exist")
    if request.method not in {b"NOTIFY", b"OPTIONS"}:
        return _Reply(405, b"405 Method Not Allowed", (_ALLOW,))
    if phone is None:
        return _Reply(404, b"404 Not Found")
    return _Reply(200, b"200 OK", _CAPABILITIES)


def _judge_event(request: SipRequest) -> tuple[str, _Reply | None]:
    """Read the event of a NOTIFY, and refuse what no credentials would help."""
    value = request.fields.get(b"event", b"")
    package = _OBEYED.get(value)
    if package is None:
        token = value.partition(b";")[0].strip().lower()
        package = _OBEYED.get(token) or token[:64].decode("ascii", "backslashreplace")
    # RFC 3261 section 12.2.2: a tag in To belongs to a dialog, and there is none here. The
    # unsolicited NOTIFY of a PBX has no tag.
    if has_tag(request.fields[b"to"]):
        return package, _Reply(481, b"481 Subscription Does Not Exist")
    if b"event" not in request.fields:
        # RFC 6665 section 8.2.1 makes it mandatory in NOTIFY; 489 is for names not understood.
        return package, _Reply(400, b"400 Missing Event Header Field")
    if package not in OBEYED_EVENTS:
        return package, _Reply(489, b"489 Bad Event", (_ALLOW_EVENTS,))
    return package, None


def _read_obeyed(request: SipRequest, package: str) -> str:
    profile = _PROFILE.search(request.fields[b"event"]) if package == "resync" else None
    if profile is None:
        return package
    return f"resync;profile={profile[2].decode('utf-8', 'surrogateescape')}"


def _choose_account(accounts: tuple[SipAccount, ...], user: str, line: int) -> SipAccount | None:
    """Choose the account that challenges: that of the line which the user or the port names.

    Else the first with a password. None when the chosen one challenges nobody.
    """
    chosen = None
    for account in accounts:
        if user and account.user_id == user:
            chosen = account
            break
        if account.password and (chosen is None or account.line == line != chosen.line):
            chosen = account
    return chosen if chosen and chosen.challenge and chosen.password else None
