"""What a line's parameters say of its registration, as values.

Source: the guide's tabs Ext n ("Proxy and Registration", "Subscriber Information") and SIP
("SIP Timer Values", "Response Status Code Handling").
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from mppsim.sip.digest import DigestAlgorithm

__all__ = ["RegisterRules", "SipLine", "SipPlace", "SipTransport", "is_listed", "parse_place"]


class SipTransport(StrEnum):
    """What carries a line's messages; the strings are those of a Via."""

    UDP = "UDP"
    TCP = "TCP"
    TLS = "TLS"

    @property
    def default_port(self) -> int:
        """The port where nobody names one (RFC 3261 section 19.1.2)."""
        return 5061 if self is SipTransport.TLS else 5060


_PLACE = re.compile(
    r"(?:sips?:)?(?:\[([0-9A-Fa-f:.]+)\]|([\w.-]+)|([0-9A-Fa-f.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*))"
    r"(?::(\d{1,5}))?(?:;.*)?",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class SipPlace:
    """A host, and its port where one is named. Prints itself as a URI has it."""

    host: str
    """Name or numeric address; IPv6 without brackets."""
    port: int | None = None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"


@lru_cache(maxsize=1024)
def parse_place(text: str) -> SipPlace | None:
    """Read `host`, `host:port`, `[::1]:port`, a `sip:` before and `;parameters` behind dropped.

    None for anything else, an empty text among it.
    """
    match = _PLACE.fullmatch(text.strip())
    if match is None:
        return None
    port = None if match[4] is None else int(match[4])
    if port is not None and not 0 < port < 65536:
        return None
    return SipPlace(match[1] or match[2] or match[3], port)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterRules:
    """How all lines of a phone register. Times are seconds, and their parameters' names."""

    t1: float = 0.5
    """`SIP_T1`."""
    t2: float = 4.0
    """`SIP_T2`."""
    timeout: float = 16.0
    """`SIP_Timer_F`."""
    max_auth: int = 2
    """`Max_Auth`: how many challenges of one request are answered."""
    min_expires: float = 1.0
    """`Reg_Min_Expires`: what is granted counts as no less."""
    max_expires: float = 7200.0
    """`Reg_Max_Expires`: and a Min-Expires as no more."""
    retry: float = 30.0
    """`Reg_Retry_Intvl`: no answer came, or a status that `retry_codes` lists."""
    retry_random: float = 0.0
    """`Reg_Retry_Random_Delay`: up to so much longer."""
    retry_cap: float = 0.0
    """`Reg_Retry_Intvl_Cap`: the interval doubles up to here; 0: it does not."""
    long_retry: float = 1200.0
    """`Reg_Retry_Long_Intvl`: any other status; 0: no further try."""
    long_retry_random: float = 0.0
    """`Reg_Retry_Long_Random_Delay`."""
    retry_codes: str = ""
    """`Retry_Reg_RSC`, for example `5??,404`."""
    backup_codes: str = ""
    """`Try_Backup_RSC`: the next address of the proxy is tried at once."""
    is_leaving_last: bool = False
    """`Remove_Last_Reg`: a line that changes takes its old registration back first."""
    is_call_id_new: bool = False
    """`Random_REG_CID_on_Reboot`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SipLine:
    """A line that is in use; two that are equal register alike."""

    number: int
    """From 1: the n of its parameters."""
    user_id: str
    """`User_ID_n_`."""
    proxy: str = ""
    """`Proxy_n_`, as it was written."""
    outbound_proxy: str = ""
    """`Outbound_Proxy_n_`; empty: requests go to the proxy itself."""
    transport: SipTransport = SipTransport.UDP
    """`SIP_Transport_n_`; AUTO, which asks DNS for more than addresses, counts as UDP."""
    port: int = 5060
    """`SIP_Port_n_`: where the line listens."""
    is_registering: bool = True
    """`Register_n_`."""
    expires: int = 3600
    """`Register_Expires_n_`."""
    fallback: float = 3600.0
    """`Proxy_Fallback_Intvl_n_`: how long a backup address is used; 0: until it fails."""
    auth_id: str = ""
    """`Auth_ID_n_`; empty: the User ID authenticates."""
    password: str = field(default="", repr=False)
    """`Password_n_`; empty: a challenge is a refusal."""
    uri: str = ""
    """`SIP_URI_n_`; empty: the User ID at the proxy."""
    display_name: str = ""
    """`Display_Name_n_`."""
    has_rfc8760: bool = False
    """`Auth_Support_RFC8760_n_`: digests by SHA-256 and SHA-512/256, too."""
    external_host: str = ""
    """`EXT_IP`, in place of the phone's own address."""
    external_port: int = 0
    """`EXT_SIP_Port_n_`; 0: the port where the line listens."""
    user_agent: str = ""
    """`SIP_Reg_User_Agent_Name`, else `SIP_User_Agent_Name`, macros expanded."""
    rules: RegisterRules = RegisterRules()

    @property
    def can_register(self) -> bool:
        """Whether it is to register, and knows as whom and where."""
        is_known = bool(self.user_id) and self.registrar is not None and self.target is not None
        return self.is_registering and is_known

    @property
    def registrar(self) -> SipPlace | None:
        """The host that the line belongs to; None: it has none that can be read."""
        return parse_place(self.proxy)

    @property
    def target(self) -> SipPlace | None:
        """Where its requests are sent; None: nowhere."""
        return parse_place(self.outbound_proxy or self.proxy)

    @property
    def username(self) -> str:
        """The name that a digest carries."""
        return self.auth_id or self.user_id

    @property
    def algorithms(self) -> frozenset[DigestAlgorithm]:
        """The digests that the line understands."""
        md5 = frozenset({DigestAlgorithm.MD5, DigestAlgorithm.MD5_SESS})
        return frozenset(DigestAlgorithm) if self.has_rfc8760 else md5


def is_listed(status: int, codes: str) -> bool:
    """Tell whether a list such as `5??, 404` names a status."""
    return any(
        len(code) == 3 and all(map(_is_sign_of, code, f"{status:03}"))
        for code in re.split(r"[,\s]+", codes)
    )


def _is_sign_of(sign: str, digit: str) -> bool:
    return sign in {"?", digit}
