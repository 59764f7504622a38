"""Which phone is which: everything that sets a phone apart follows from its number.

Nothing is kept for a phone, so a million of them cost what one does.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import accumulate

from mppsim.core.identity import PhoneIdentity, make_serial
from mppsim.core.parameters import ParameterStore, ParameterView
from mppsim.core.profile import Profile, ProfileSetting
from mppsim.fleet.dice import Dice
from mppsim.fleet.plan import FleetPlan, GivenPhone, GroupPlan, PhoneKind

__all__ = ["Roster"]

_KEPT_IDENTITIES = 4096  # those in use just now: a report asks for its phone's a dozen times
_LOOPBACK_NET = 127
_NOTHING_GIVEN = GivenPhone()
_NOTHING_SET = Profile(())


class Roster:
    """The phones of a plan, by the fleet's numbers: the first one is 0.

    A number beyond the fleet is an `IndexError`.
    """

    def __init__(self, plan: FleetPlan, dice: Dice) -> None:
        self.groups = plan.groups
        self.count = plan.count
        self.has_one_address = _has_one_address(plan.groups)
        """Whether several phones share one address, so that it tells nobody apart."""
        self.is_loopback = all(end >> 24 == _LOOPBACK_NET for end in _find_ends(plan.groups))
        """Whether every phone has an address of the loopback device."""
        self._dice = dice
        self._firsts = [group.first for group in plan.groups]
        self._weights = [tuple(accumulate(k.weight for k in g.kinds)) for g in plan.groups]
        self._by_mac = _Places((group.first, group.macs) for group in plan.groups)
        self._by_address = _Places((group.first, group.addresses) for group in plan.groups)
        self.identity: Callable[[int], PhoneIdentity] = lru_cache(_KEPT_IDENTITIES)(
            self._make_identity
        )
        """Returns who a phone is; made anew unless it was asked for a moment ago."""

    def group_of(self, number: int) -> GroupPlan:
        """Return the group that a phone belongs to."""
        return self.groups[self._group_place(number)]

    def mac(self, number: int) -> str:
        """Return a phone's MAC address, 12 hex digits: all that is asked of most who are asleep."""
        group = self.groups[self._group_place(number)]
        return f"{group.macs[number - group.first]:012x}"

    def kind(self, number: int) -> PhoneKind:
        """Return a phone's model and release: as given, or drawn by weight."""
        return self._kind_in(self._group_place(number), number)

    def settings(self, number: int) -> Profile:
        """Return what a phone alone is set to; empty for one that is as its kind is."""
        group = self.group_of(number)
        own = self._given(number, group).settings
        if not group.settings and not own:
            return _NOTHING_SET
        filled = ((name, self.fill(value, number)) for name, value in group.settings)
        return Profile(tuple(ProfileSetting(name=n, value=v) for n, v in (*filled, *own)))

    def view(self, number: int) -> ParameterView:
        """Return what a phone holds at first."""
        store, profile = ParameterStore(self.kind(number).baseline), self.settings(number)
        if profile.settings:
            store.provision(profile)
        return store.view

    def fill(self, text: str, number: int) -> str:
        """Fill in a phone's `${mac}`, and its `${index}`: from 1 in its group."""
        if "${" not in text:
            return text
        group = self.group_of(number)
        place = number - group.first
        return text.replace("${index}", str(place + 1)).replace(
            "${mac}", f"{group.macs[place]:012x}"
        )

    def random_bytes(self, number: int, nth: int, count: int) -> bytes:
        """Return what a phone's dice show the `nth` time that they are rolled."""
        return self._dice.source(f"bytes/{number}/{nth}")(count)

    def find(self, ip: str) -> int | None:
        """Return the phone at an IPv4 address; None: nobody's, or that of many."""
        address = _read_address(ip)
        return None if address is None or self.has_one_address else self._by_address.find(address)

    def has(self, ip: str) -> bool:
        """Say whether an address is one of the fleet's."""
        address = _read_address(ip)
        return address is not None and self._by_address.find(address) is not None

    def find_mac(self, mac: str) -> int | None:
        """Return the phone with a MAC address, of 12 hex digits."""
        try:
            return self._by_mac.find(int(mac, 16)) if len(mac) == 12 else None
        except ValueError:
            return None

    def find_index(self, mac: str) -> int | None:
        """Return the `${index}` of the phone with a MAC address: its place in its group, from 1."""
        number = self.find_mac(mac)
        return None if number is None else number - self.group_of(number).first + 1

    def worker_of(self, number: int, workers: int) -> int:
        """Return which of the workers a phone lives in: the kernel finds it by its address."""
        if self.has_one_address:
            return number % workers
        group = self.group_of(number)
        return group.addresses[number - group.first] % workers

    def _group_place(self, number: int) -> int:
        if not 0 <= number < self.count:
            raise IndexError(number)
        return bisect_right(self._firsts, number) - 1

    def _kind_in(self, place: int, number: int) -> PhoneKind:
        group = self.groups[place]
        if group.given:
            return group.kinds[group.given[number - group.first].kind]
        if len(group.kinds) == 1:
            return group.kinds[0]
        weights = self._weights[place]
        drawn = self._dice.share("kind", number) * weights[-1]
        return group.kinds[min(bisect_right(weights, drawn), len(weights) - 1)]

    @staticmethod
    def _given(number: int, group: GroupPlan) -> GivenPhone:
        return group.given[number - group.first] if group.given else _NOTHING_GIVEN

    def _make_identity(self, number: int) -> PhoneIdentity:
        group_place = self._group_place(number)
        group = self.groups[group_place]
        place = number - group.first
        mac = f"{group.macs[place]:012x}"
        address = group.addresses[place]
        return PhoneIdentity(
            model=self._kind_in(group_place, number).model,
            mac=mac,
            serial=self._given(number, group).serial or make_serial(mac),
            ip=f"{address >> 24}.{address >> 16 & 255}.{address >> 8 & 255}.{address & 255}",
            tftp_server=group.tftp_server,
        )


class _Places:
    """Finds a phone's number by a value of its own: ranges by their first, what is listed whole."""

    def __init__(self, parts: Iterable[tuple[int, Sequence[int]]]) -> None:
        self._ranges: list[tuple[int, range, int]] = []
        self._listed: dict[int, int] = {}
        for number, values in parts:
            if isinstance(values, range) and values.step == 1 and values:
                self._ranges.append((values.start, values, number))
            else:
                self._listed.update((value, number + i) for i, value in enumerate(values))
        self._ranges.sort(key=lambda part: part[0])
        self._starts = [start for start, _, _ in self._ranges]

    def find(self, value: int) -> int | None:
        """Return the number that a value belongs to."""
        place = bisect_right(self._starts, value) - 1
        if place >= 0:
            start, values, number = self._ranges[place]
            if value in values:
                return number + value - start
        return self._listed.get(value)


def _find_ends(groups: tuple[GroupPlan, ...]) -> set[int]:
    """Return the first and the last address of each group; of a list, all of them."""
    ends: set[int] = set()
    for group in groups:
        is_range = isinstance(group.addresses, range) and len(group.addresses) > 1
        ends.update((group.addresses[0], group.addresses[-1]) if is_range else group.addresses)
    return ends


def _has_one_address(groups: tuple[GroupPlan, ...]) -> bool:
    return len(_find_ends(groups)) == 1 and sum(group.count for group in groups) > 1


def _read_address(ip: str) -> int | None:
    try:
        first, second, third, fourth = map(int, ip.split("."))
    except ValueError:
        return None
    return first << 24 | second << 16 | third << 8 | fourth
