"""Send one NOTIFY: the client's side of a transaction, a challenge answered once.

Nothing here waits: the shell sends what it is given, and calls `handle_deadline` when it is due.

Source: RFC 3261 sections 8.1, 17.1.2 (timers E and F) and 22.2, RFC 6665 section 4.1.3.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from mppsim.errors import SipError
from mppsim.sip.digest import DigestAlgorithm, compute_response, parse_auth_params
from mppsim.sip.message import SipResponse, parse_message

__all__ = ["T1", "T2", "NotifyExchange", "NotifyRequest"]

T1 = 0.5
"""Seconds until the first retransmission over UDP; doubled for each further one."""
T2 = 4.0
"""Seconds between retransmissions at most."""

_DEFAULT_PORTS = {"udp": 5060, "tcp": 5060, "tls": 5061}


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyRequest:
    """What to send, to whom, and as whom."""

    host: str
    """Name or numeric address; IPv6 without brackets."""
    port: int
    event: str = "report"
    to: str = ""
    """User part of the Request-URI; empty: none."""
    user: str = ""
    """Who answers a challenge; empty: nobody, a challenge is the end."""
    password: str = field(default="", repr=False)
    transport: str = "udp"
    """`udp`, `tcp` or `tls`."""
    timeout: float = 64 * T1
    """Seconds until no answer is an answer, for each of at most two requests (timer F)."""
    user_agent: str = "mppsim"

    @property
    def uri(self) -> str:
        """The Request-URI."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        is_default = self.port == _DEFAULT_PORTS[self.transport]
        place = host if is_default else f"{host}:{self.port}"
        user = f"{self.to}@" if self.to else ""
        scheme = "sips" if self.transport == "tls" else "sip"
        return f"{scheme}:{user}{place}" + (";transport=tcp" if self.transport == "tcp" else "")


class NotifyExchange:
    """One NOTIFY to its final answer.

    `local` is our own address as the far side can reach it. `start` gives the first message;
    `receive` and `handle_deadline` give the next one to send, or nothing. `answer` is the final
    response once there is one; `is_over` is also true when the time is up.
    """

    def __init__(
        self,
        request: NotifyRequest,
        *,
        local: tuple[str, int],
        random_bytes: Callable[[int], bytes],
        t1: float = T1,
    ) -> None:
        host, port = local
        self._request = request
        self._host = f"[{host}]" if ":" in host else host
        self._port = port
        self._random_bytes = random_bytes
        self._t1 = t1
        self._call_id = self._make_token()
        self._tag = self._make_token()
        self._sequence = 0
        self._branch = ""
        self._message = b""
        self._interval = 0.0
        self._resend_at: float | None = None
        self._give_up_at = 0.0
        self.answer: SipResponse | None = None
        self.challenged = False
        self.is_over = False

    @property
    def deadline(self) -> float | None:
        """When `handle_deadline` is due; None once the exchange is over."""
        if self.is_over:
            return None
        return (
            self._give_up_at if self._resend_at is None else min(self._resend_at, self._give_up_at)
        )

    def start(self, *, now: float) -> bytes:
        """Give the first message to send."""
        return self._send("", now)

    def receive(self, datagram: bytes, *, now: float) -> bytes:
        """Take what came in; give the message to send next, or nothing."""
        try:
            response = parse_message(datagram)
        except SipError:
            return b""
        if self.is_over or not isinstance(response, SipResponse) or not self._is_ours(response):
            return b""
        if response.status < 200:
            # RFC 3261 section 17.1.2.2: in "Proceeding" timer E runs at T2.
            if self._resend_at is not None:
                self._interval = max(self._t1, T2)
                self._resend_at = now + self._interval
            return b""
        credentials = "" if self.challenged else self._answer_challenge(response)
        if credentials:
            self.challenged = True
            return self._send(credentials, now)
        self.answer, self.is_over = response, True
        return b""

    def handle_deadline(self, *, now: float) -> bytes:
        """Give the message to send again, or nothing when the time is up."""
        if now >= self._give_up_at:
            self.is_over = True
        if self.is_over or self._resend_at is None or now < self._resend_at:
            return b""
        self._interval = min(2 * self._interval, T2)
        self._resend_at = now + self._interval
        return self._message

    def _send(self, credentials: str, now: float) -> bytes:
        self._sequence += 1
        self._branch = f"z9hG4bK{self._make_token()}"
        self._give_up_at = now + self._request.timeout
        self._interval = self._t1
        self._resend_at = now + self._t1 if self._request.transport == "udp" else None
        self._message = self._build(credentials)
        return self._message

    def _build(self, credentials: str) -> bytes:
        request, place = self._request, f"{self._host}:{self._port}"
        lines = [
            f"NOTIFY {request.uri} SIP/2.0",
            f"Via: SIP/2.0/{request.transport.upper()} {place};branch={self._branch};rport",
            "Max-Forwards: 70",
            f"From: <sip:mppsim@{self._host}>;tag={self._tag}",
            f"To: <{request.uri}>",
            f"Call-ID: {self._call_id}@{self._host}",
            f"CSeq: {self._sequence} NOTIFY",
            f"Contact: <sip:mppsim@{place}>",
            f"Event: {request.event}",
            # Mandatory in every NOTIFY, though there is no subscription to speak of.
            "Subscription-State: terminated",
            f"User-Agent: {request.user_agent}",
            *([credentials] if credentials else []),
            "Content-Length: 0",
        ]
        return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape")

    def _is_ours(self, response: SipResponse) -> bool:
        """RFC 3261 section 17.1.3: branch and method tell whose answer it is."""
        via = response.fields.get(b"via", b"")
        method = response.fields.get(b"cseq", b"").split()[-1:]
        return self._branch.encode() in via and method == [b"NOTIFY"]

    def _answer_challenge(self, response: SipResponse) -> str:
        """Build the header that answers a 401 or 407; empty when it cannot be answered."""
        asked, given = {
            401: (b"www-authenticate", "Authorization"),
            407: (b"proxy-authenticate", "Proxy-Authorization"),
        }.get(response.status, (b"", ""))
        if not given or not self._request.user:
            return ""
        for value in response.values(asked):
            # RFC 8760 section 2.4: the topmost one that the client understands.
            scheme, params = parse_auth_params(value.decode("utf-8", "surrogateescape"))
            if scheme == "digest" and {"realm", "nonce"} <= params.keys():
                credentials = self._build_credentials(params)
                if credentials:
                    return f"{given}: Digest {credentials}"
        return ""

    def _build_credentials(self, params: dict[str, str]) -> str:
        try:
            algorithm = DigestAlgorithm(params.get("algorithm", "MD5"))
        except ValueError:
            return ""
        offered = [word.strip().lower() for word in params.get("qop", "").split(",")]
        if offered != [""] and "auth" not in offered:
            return ""
        counted = {"qop": "auth", "nc": "00000001"} if "auth" in offered else {}
        if counted or algorithm.is_session:
            counted["cnonce"] = self._make_token()
        uri, user = self._request.uri, self._request.user
        response = compute_response(
            algorithm=algorithm,
            username=user,
            realm=params["realm"],
            password=self._request.password,
            nonce=params["nonce"],
            method="NOTIFY",
            uri=uri,
            **counted,
        )
        quoted = {"username": user, "realm": params["realm"], "nonce": params["nonce"], "uri": uri}
        quoted |= {"response": response} | {k: counted[k] for k in ("cnonce",) if k in counted}
        quoted |= {k: params[k] for k in ("opaque",) if k in params}
        plain = {"algorithm": str(algorithm)} | {k: counted[k] for k in ("qop", "nc") if counted}
        written = [f'{name}="{_escape(value)}"' for name, value in quoted.items()]
        return ", ".join([*written, *(f"{name}={value}" for name, value in plain.items())])

    def _make_token(self) -> str:
        return self._random_bytes(8).hex()


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
