"""Who the phones of each group are: how many, their MAC addresses, their IP addresses.

Source: docs/scenario.md, "Which phones".
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from mppsim.core.identity import parse_mac
from mppsim.core.phone_model import DEFAULT_MODEL, find_model
from mppsim.errors import CatalogueError
from mppsim.fleet.scenario.fault_list import FaultList, KeyPath
from mppsim.fleet.scenario.file import ScenarioFile, is_table
from mppsim.fleet.scenario.group import Group
from mppsim.fleet.scenario.phone_list import PhoneRow, PhoneTable
from mppsim.fleet.scenario.ranges import (
    Repeated,
    Span,
    find_overlaps,
    find_room,
    read_address,
    read_addresses,
    show_address,
    show_mac,
)

__all__ = ["GroupPhones", "find_phones", "scale"]

_MACS = 1 << 48
_OF_ONE_OUI = 1 << 24
_FREE_ADDRESSES = read_address("127.1.0.1"), read_address("127.255.255.255")
"""Where phones live that nobody gave an address: on loopback, clear of what else is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPhones:
    """Who the phones of one group are."""

    macs: Sequence[int]
    addresses: Sequence[int]
    rows: tuple[PhoneRow, ...] = ()
    """What a CSV file says of each; empty: they come from no file."""


def find_phones(file: ScenarioFile, phones: int | None, faults: FaultList) -> list[GroupPhones]:
    """Return the phones of every group; `phones` is how many there shall be in all.

    Faults are noted, and free addresses take the place of those that have one.
    """
    parts = _find_parts(file, phones, faults)
    macs = _settle(_Kind("macs", show_mac), parts, _given_macs, _free_macs, faults)
    addresses = _settle(
        _Kind("addresses", show_address), parts, _given_addresses, _free_addresses, faults
    )
    return [
        GroupPhones(macs=own, addresses=places, rows=part.rows)
        for part, own, places in zip(parts, macs, addresses, strict=True)
    ]


def scale(counts: Sequence[int], total: int) -> list[int]:
    """Share `total` out as `counts` are shared: the largest remainders get what is left."""
    whole = sum(counts)
    shares = [count * total // whole for count in counts]
    by_remainder = sorted(range(len(counts)), key=lambda i: (-(counts[i] * total % whole), i))
    for place in by_remainder[: total - sum(shares)]:
        shares[place] += 1
    return shares


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One group on its way to its phones."""

    place: int
    group: Group
    count: int
    table: PhoneTable | None

    @property
    def rows(self) -> tuple[PhoneRow, ...]:
        return self.table.rows[: self.count] if self.table else ()

    def path(self, key: str) -> KeyPath:
        return "fleet", self.place, key


@dataclass(frozen=True, slots=True)
class _Kind:
    """MAC addresses or IP addresses."""

    key: str
    show: Callable[[int], str]


_Given = Callable[[_Part, FaultList], Sequence[int] | None]
_Free = Callable[[_Part, list[Span]], Sequence[int] | None]


def _find_parts(file: ScenarioFile, phones: int | None, faults: FaultList) -> list[_Part]:
    assert file.scenario is not None, "only what could be read has phones"
    groups = file.scenario.fleet
    tables = [file.phones.get(g.macs) if isinstance(g.macs, str) else None for g in groups]
    natural = [_natural_count(*each) for each in zip(groups, tables, strict=True)]
    counts = natural if phones is None else scale(natural, phones)
    parts = [
        _Part(place=place, group=group, count=count, table=table)
        for place, (group, count, table) in enumerate(zip(groups, counts, tables, strict=True))
    ]
    for part in parts:
        _check_count(part, faults, is_scaled=phones is not None)
    return parts


def _natural_count(group: Group, table: PhoneTable | None) -> int:
    if group.count is not None:
        return group.count
    return max(_listed(group, table).values(), default=1)


def _listed(group: Group, table: PhoneTable | None) -> dict[str, int]:
    """Return how many phones the lists of a group have, by their keys."""
    counts = {} if table is None else {"macs": len(table.rows)}
    counts |= {"macs": len(group.macs)} if isinstance(group.macs, list) else {}
    return counts | (
        {"addresses": len(group.addresses)} if isinstance(group.addresses, list) else {}
    )


def _check_count(part: _Part, faults: FaultList, *, is_scaled: bool) -> None:
    for key, count in _listed(part.group, part.table).items():
        if not 0 < count < part.count:
            continue
        reason = f"{part.count:,} phones, but {key} lists {count:,}"
        if is_scaled:
            faults.add_elsewhere("--phones", 0, f"group {part.group.name}: {reason}")
        else:
            faults.add(part.path("count"), f"{reason}; leave count out, or list more")


def _settle(
    kind: _Kind, parts: list[_Part], given: _Given, free: _Free, faults: FaultList
) -> list[Sequence[int]]:
    """Return the numbers of every group: those it gives, checked, or free ones."""
    found = [given(part, faults) for part in parts]
    spans = [span for part, own in zip(parts, found, strict=True) for span in _spans(part, own)]
    if not _is_shared_by_all(kind, parts, found, faults):
        _check_overlaps(kind, parts, spans, faults)
    settled: list[Sequence[int]] = []
    for part, own in zip(parts, found, strict=True):
        numbers = free(part, spans) if own is None else own
        if numbers is None:
            faults.add(("fleet", part.place), f"no {kind.key} are free for {part.count:,} phones")
            numbers = range(part.count)
        if own is None:
            spans.extend(_spans(part, numbers))
        settled.append(numbers)
    return settled


def _spans(part: _Part, numbers: Sequence[int] | None) -> Iterator[Span]:
    if isinstance(numbers, Repeated) and len(numbers):
        yield Span(numbers.number, numbers.number + 1, part.place)
    elif isinstance(numbers, range) and numbers:
        yield Span(numbers.start, numbers.stop, part.place)
    elif isinstance(numbers, tuple):
        for item, number in enumerate(numbers):
            yield Span(number, number + 1, part.place, item)


def _is_shared_by_all(
    kind: _Kind,
    parts: list[_Part],
    found: list[Sequence[int] | None],
    faults: FaultList,
) -> bool:
    """Say whether one address is everybody's; note where it is some phones' only."""
    shared = {own.number for own in found if isinstance(own, Repeated)}
    if len(shared) == 1 and all(isinstance(own, Repeated) for own in found):
        return True
    for part, own in zip(parts, found, strict=True):
        if isinstance(own, Repeated) and len(own) > 1:
            reason = "one address is shared by the whole fleet or by nobody: give it to all groups"
            faults.add(part.path(kind.key), f"{reason}, or take a larger network")
    return False


def _check_overlaps(kind: _Kind, parts: list[_Part], spans: list[Span], faults: FaultList) -> None:
    for earlier, later in find_overlaps(spans):
        part, other = parts[later.group], parts[earlier.group].group.name
        shown = kind.show(max(earlier.first, later.first))
        reason = f"{shown} is a phone's of group {other!r} already"
        if later.item is None:
            reason += f"; {kind.show(earlier.stop)} is the next one"
        if part.table is not None and later.item is not None:
            faults.add_elsewhere(part.table.source, part.rows[later.item].line, reason)
        elif later.item is not None:
            faults.add((*part.path(kind.key), later.item), reason)
        else:
            faults.add(part.path(kind.key), reason)


def _given_macs(part: _Part, faults: FaultList) -> Sequence[int] | None:
    macs = part.group.macs
    if part.table is not None:
        return tuple(row.mac for row in part.rows)
    if macs is None or (isinstance(macs, str) and is_table(macs)):
        return None
    if isinstance(macs, list):
        return _read_list(part, "macs", macs, _read_mac, faults)
    first = _read_list(part, "macs", [macs], _read_mac, faults)
    if first is not None and first[0] + part.count > _MACS:
        faults.add(part.path("macs"), f"{part.count:,} phones from {macs} on are too many")
        return None
    return None if first is None else range(first[0], first[0] + part.count)


def _read_mac(text: str) -> int:
    try:
        return int(parse_mac(text), 16)
    except ValueError as error:
        raise ValueError(f"{error}, or name a .csv file") from None


def _given_addresses(part: _Part, faults: FaultList) -> Sequence[int] | None:
    addresses = part.group.addresses
    if part.table is not None and part.table.has_addresses:
        if addresses is not None:
            faults.add(part.path("addresses"), "the CSV file has them: leave one of both out")
        return tuple(row.ip or 0 for row in part.rows)
    if addresses is None:
        return None
    if isinstance(addresses, list):
        return _read_list(part, "addresses", addresses, read_address, faults)
    try:
        return read_addresses(addresses, part.count)
    except ValueError as error:
        faults.add(part.path("addresses"), str(error))
        return None


def _read_list(
    part: _Part, key: str, texts: list[str], read: Callable[[str], int], faults: FaultList
) -> tuple[int, ...] | None:
    """Return what a list says of the group's phones; None: not one of them could be read."""
    numbers: list[int] = []
    for item, text in enumerate(texts):
        try:
            numbers.append(read(text))
        except ValueError as error:
            is_listed = isinstance(getattr(part.group, key), list)
            faults.add((*part.path(key), *((item,) if is_listed else ())), str(error))
    is_whole = len(numbers) == len(texts)
    return tuple(numbers[: part.count]) if is_whole else None


def _free_macs(part: _Part, taken: list[Span]) -> Sequence[int] | None:
    group = part.group
    name = next(iter(group.models)) if group.models else group.model
    try:
        model = find_model(name)
    except CatalogueError:
        model = find_model(DEFAULT_MODEL)  # told where models are read
    for oui in model.mac_ouis:
        start = int(oui, 16) * _OF_ONE_OUI
        first = find_room(taken, start + 1, start + _OF_ONE_OUI, part.count)
        if first is not None:
            return range(first, first + part.count)
    return None


def _free_addresses(part: _Part, taken: list[Span]) -> Sequence[int] | None:
    low, stop = _FREE_ADDRESSES
    first = find_room(taken, low, stop, part.count)
    return None if first is None else range(first, first + part.count)
