"""Write a phone's status report: the groups of its page Info > Status under `<flat-status>`.

No status file of an MPP phone is public: the layout is that of the guide's Reboot History sample.
Each model's report is prepared once; a phone's own report fills some ninety places of it.

Source: `mppsim/data/status.csv`; docs/decisions.md.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from mppsim.core.catalogue import ParameterSet, StatusField, status_fields
from mppsim.core.identity import PhoneIdentity
from mppsim.core.parameters import ParameterView
from mppsim.core.phone_status import PhoneStatus
from mppsim.core.report import DECLARATION, escape_text
from mppsim.core.status_values import STATUS_VALUES, StatusFacts, StatusValue

__all__ = ["PhoneStatus", "build_status"]


def build_status(
    identity: PhoneIdentity, view: ParameterView, status: PhoneStatus, *, now: float
) -> bytes:
    """Write the status of a phone at a moment of the run's clock, in seconds.

    It shows no secret. Dates are those of the phone's Time_Zone, without summer time.
    """
    facts = StatusFacts(identity, view, status, now)
    template = _prepare(view.baseline.parameters)
    pieces = list(template.pieces)
    for slot in template.slots:
        pieces[slot.place] = _render_field(slot.name, slot.read(facts, slot.number))
    return "".join(pieces).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Slot:
    """A field that differs from phone to phone, or from time to time."""

    place: int
    """Which of the template's pieces it is."""
    name: str
    read: Callable[[StatusFacts, int], str]
    number: int


@dataclass(frozen=True, slots=True)
class _Template:
    pieces: tuple[str, ...]
    slots: tuple[_Slot, ...]


@lru_cache(maxsize=64)
def _prepare(parameters: ParameterSet) -> _Template:
    """Prepare the report of a model at a release: what never differs is text already."""
    declaration = DECLARATION if parameters.release.xml_declaration else ""
    pieces = [f"{declaration}<flat-status>\n"]  # text and slots take turns
    slots: list[_Slot] = []
    for group, fields in groupby(status_fields(parameters.model), key=lambda field: field.group):
        pieces[-1] += f"<{group}>\n"
        for field in fields:
            value, number = _find_value(field)
            if isinstance(value, str):
                pieces[-1] += _render_field(field.name, value)
            else:
                slots.append(_Slot(place=len(pieces), name=field.name, read=value, number=number))
                pieces += ("", "")
        pieces[-1] += f"</{group}>\n"
    pieces[-1] += "</flat-status>\n"
    return _Template(tuple(pieces), tuple(slots))


_NUMBER = re.compile(r"_(\d+)(?=_|/|$)")


def _find_value(field: StatusField) -> tuple[StatusValue, int]:
    """Return what a field shows and its number: 2 for Ext_2_Status, 3 for Reboot_Reason_3."""
    numbered = _NUMBER.search(f"{field.group}/{field.name}")
    values = STATUS_VALUES.get(_NUMBER.sub("_n", field.group), {})
    value = values.get(_NUMBER.sub("_n", field.name), "")
    return value, int(numbered[1]) if numbered else 0


def _render_field(name: str, value: str) -> str:
    return f"<{name}>{escape_text(value)}</{name}>\n" if value else f"<{name}/>\n"
