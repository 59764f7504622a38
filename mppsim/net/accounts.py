"""The SIP accounts of a phone's lines, read from its parameters.

Source: the guide's tabs Ext n; the realm is `Reversed_Auth_Realm_n_`, "if blank, the proxy".
"""

from mppsim.core.parameters import ParameterView
from mppsim.sip import SipAccount

__all__ = ["read_accounts"]


def read_accounts(view: ParameterView, lines: int) -> tuple[SipAccount, ...]:
    """Return one account a line, in the order of the lines."""
    return tuple(_read_account(view, line) for line in range(1, lines + 1))


def _read_account(view: ParameterView, line: int) -> SipAccount:
    # A release before 12.0(2) has no switch for the digests of RFC 8760, and none of them.
    return SipAccount(
        user_id=view[f"User_ID_{line}_"],
        auth_id=view[f"Auth_ID_{line}_"],
        password=view[f"Password_{line}_"],
        realm=view[f"Reversed_Auth_Realm_{line}_"] or _host(view[f"Proxy_{line}_"]),
        challenge=view[f"Auth_Resync-Reboot_{line}_"] == "Yes",
        sha256=view.get(f"Auth_Support_RFC8760_{line}_") == "Yes",
    )


def _host(proxy: str) -> str:
    """Cut the port off `host:port`; an IPv6 address keeps its colons."""
    if proxy.startswith("["):
        return proxy[1:].partition("]")[0]
    host, colon, _ = proxy.partition(":")
    return host if colon and proxy.count(":") == 1 else proxy
