"""The time that a phone's own clock shows: its Time_Zone, without daylight saving.

Source: the guides' parameter Time_Zone.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import cache

__all__ = ["show_time"]


def show_time(moment: float, zone: str) -> datetime:
    """Return a moment, in seconds since 1970 UTC, in a value of Time_Zone: "GMT-03:30"."""
    return datetime.fromtimestamp(moment, _read_zone(zone))


@cache
def _read_zone(text: str) -> timezone:
    offset = re.fullmatch(r"GMT([+-])(\d\d):(\d\d)", text)
    if not offset:
        return UTC
    span = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
    return timezone(-span if offset[1] == "-" else span)
