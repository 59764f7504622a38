"""Read quantities as people write them: `90s`, `15m`, `20ms`; `10%`; `64 kB/s`."""

import re

__all__ = [
    "DURATION_PATTERN",
    "RATE_PATTERN",
    "SHARE_PATTERN",
    "read_duration",
    "read_rate",
    "read_share",
]

DURATION_PATTERN = r"^[0-9]+(\.[0-9]+)?(ms|s|m|h|d)$"
SHARE_PATTERN = r"^[0-9]+(\.[0-9]+)?%$"
RATE_PATTERN = r"^[0-9]+(\.[0-9]+)? ?[kM]?B/s$"

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_BYTES = {"": 1.0, "k": 1e3, "M": 1e6}
_NUMBER = r"([0-9]{1,12}(?:\.[0-9]{1,9})?)"
_DURATION = re.compile(_NUMBER + r"(ms|s|m|h|d)")
_SHARE = re.compile(_NUMBER + r"%")
_RATE = re.compile(_NUMBER + r" ?([kM]?)B/s")


def read_duration(text: str) -> float:
    """Return a duration in seconds; raise `ValueError` that says how to write one."""
    matched = _DURATION.fullmatch(text)
    if matched is None:
        raise ValueError(f"{text!r} is no duration; write 90s, 15m or 1h")
    return float(matched[1]) * _SECONDS[matched[2]]


def read_share(text: str) -> float:
    """Return a share of a whole, 0 to 1, from a percentage; raise `ValueError` likewise."""
    matched = _SHARE.fullmatch(text)
    if matched is None or float(matched[1]) > 100:
        raise ValueError(f"{text!r} is no share; write 10%, from 0% to 100%")
    return float(matched[1]) / 100


def read_rate(text: str) -> float:
    """Return a rate in bytes a second; raise `ValueError` likewise. A kB has 1,000 bytes."""
    matched = _RATE.fullmatch(text)
    if matched is None or float(matched[1]) == 0:
        raise ValueError(f"{text!r} is no rate; write 500 B/s, 64 kB/s or 1 MB/s")
    return float(matched[1]) * _BYTES[matched[2]]
