"""The SIP accounts of a phone's lines, read from its parameters.

Source: the guide's tabs Ext n; the realm is `Reversed_Auth_Realm_n_`, "if blank, the proxy".
"""

from functools import lru_cache
from typing import NamedTuple

from mppsim.core.catalogue import ParameterSet
from mppsim.core.parameters import Baseline, ParameterView
from mppsim.sip import SipAccount

__all__ = ["read_accounts"]


class _Places(NamedTuple):
    """Where one line's parameters stand, by `Parameter.index`."""

    number: int
    user_id: int
    auth_id: int
    password: int
    realm: int
    proxy: int
    challenge: int
    sha256: int | None


def read_accounts(view: ParameterView) -> tuple[SipAccount, ...]:
    """Return the accounts of the lines that have a user or a password, in the order of the lines.

    A NOTIFY asks for them each time, so a phone that shares its lines' parameters with its group
    shares the accounts too.
    """
    if _all_places(view.baseline.parameters).isdisjoint(view.overlay):
        return _read_shared(view.baseline)
    return _read(view)


@lru_cache(maxsize=1024)
def _read_shared(baseline: Baseline) -> tuple[SipAccount, ...]:
    return _read(baseline.view)


def _read(view: ParameterView) -> tuple[SipAccount, ...]:
    value, lines = view.value, _line_places(view.baseline.parameters)
    return tuple(_read_line(view, p) for p in lines if value(p.user_id) or value(p.password))


def _read_line(view: ParameterView, places: _Places) -> SipAccount:
    value, sha256 = view.value, places.sha256
    return SipAccount(
        user_id=value(places.user_id),
        auth_id=value(places.auth_id),
        password=value(places.password),
        realm=value(places.realm) or _host(value(places.proxy)),
        challenge=value(places.challenge) == "Yes",
        sha256=sha256 is not None and value(sha256) == "Yes",
        line=places.number,
    )


@lru_cache(maxsize=128)
def _line_places(parameters: ParameterSet) -> tuple[_Places, ...]:
    return tuple(_find_places(parameters, line) for line in range(1, parameters.model.lines + 1))


def _find_places(parameters: ParameterSet, line: int) -> _Places:
    # A release before 12.0(2) has no switch for the digests of RFC 8760, and none of them.
    sha256 = parameters.get(f"Auth_Support_RFC8760_{line}_")
    return _Places(
        number=line,
        user_id=parameters[f"User_ID_{line}_"].index,
        auth_id=parameters[f"Auth_ID_{line}_"].index,
        password=parameters[f"Password_{line}_"].index,
        realm=parameters[f"Reversed_Auth_Realm_{line}_"].index,
        proxy=parameters[f"Proxy_{line}_"].index,
        challenge=parameters[f"Auth_Resync-Reboot_{line}_"].index,
        sha256=None if sha256 is None else sha256.index,
    )


@lru_cache(maxsize=128)
def _all_places(parameters: ParameterSet) -> frozenset[int]:
    lines = _line_places(parameters)
    return frozenset(place for _, *places in lines for place in places if place is not None)


def _host(proxy: str) -> str:
    """Cut the port off `host:port`; an IPv6 address keeps its colons."""
    if proxy.startswith("["):
        return proxy[1:].partition("]")[0]
    host, colon, _ = proxy.partition(":")
    return host if colon and proxy.count(":") == 1 else proxy
