"""Send one NOTIFY, as a PBX does; a challenge is answered once.

Source: RFC 3261 section 8.1, RFC 6665 section 4.1.3.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from mppsim.sip.client_exchange import T1, ClientExchange, Patience
from mppsim.sip.digest_client import DigestClient, DigestUser

__all__ = ["NotifyExchange", "NotifyRequest"]

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


class NotifyExchange(ClientExchange):
    """One NOTIFY to its final answer; `local` is our own address as the far side can reach it."""

    def __init__(
        self,
        request: NotifyRequest,
        *,
        local: tuple[str, int],
        random_bytes: Callable[[int], bytes],
        t1: float = T1,
    ) -> None:
        def make_token() -> str:
            return random_bytes(8).hex()

        super().__init__(
            _Notify(request, local, call_id=make_token(), tag=make_token()),
            DigestClient(DigestUser(name=request.user, password=request.password), make_token),
            make_token=make_token,
            patience=Patience(t1=t1, timeout=request.timeout),
        )


class _Notify:
    """The message, but for what is new each time it is sent anew."""

    method = "NOTIFY"

    def __init__(
        self, request: NotifyRequest, local: tuple[str, int], *, call_id: str, tag: str
    ) -> None:
        host, port = local
        self.uri = request.uri
        self.is_reliable = request.transport != "udp"
        self._request = request
        self._host = f"[{host}]" if ":" in host else host
        self._port = port
        self._call_id = call_id
        self._tag = tag

    def build(self, *, branch: str, sequence: int, credentials: str) -> bytes:
        """Write the message."""
        request, place = self._request, f"{self._host}:{self._port}"
        lines = [
            f"NOTIFY {self.uri} SIP/2.0",
            f"Via: SIP/2.0/{request.transport.upper()} {place};branch={branch};rport",
            "Max-Forwards: 70",
            f"From: <sip:mppsim@{self._host}>;tag={self._tag}",
            f"To: <{self.uri}>",
            f"Call-ID: {self._call_id}@{self._host}",
            f"CSeq: {sequence} NOTIFY",
            f"Contact: <sip:mppsim@{place}>",
            f"Event: {request.event}",
            # Mandatory in every NOTIFY, though there is no subscription to speak of.
            "Subscription-State: terminated",
            f"User-Agent: {request.user_agent}",
            *([credentials] if credentials else []),
            "Content-Length: 0",
        ]
        return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape")
