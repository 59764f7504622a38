"""What a phone still knows when the power comes back, as a value.

Parameters go by their names: another version of the catalogue may number them differently. Times
are those of the wall clock: the run's clock begins at 0 with each run.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from mppsim.core.allowed import read_value
from mppsim.core.bookmarks import Bookmarks
from mppsim.core.catalogue import Parameter
from mppsim.core.events import Warned
from mppsim.core.firmware import OutOfRange
from mppsim.core.parameters import Baseline, ParameterStore, ParameterView
from mppsim.core.phone_status import Happening, PhoneStatus
from mppsim.core.upgrade import is_load, release_of, upgraded
from mppsim.errors import ParameterError

__all__ = ["KeptParameter", "PhoneMemory", "recall", "recall_firmware", "remember"]

_NO_BOOKMARKS = Bookmarks()  # one for all phones that are new


@dataclass(frozen=True, slots=True)
class KeptParameter:
    """What is remembered of one parameter."""

    value: str | None = field(repr=False)
    """None: whatever a phone of its group holds at first."""
    ua: str | None = None
    """None: the same."""
    revision: int = 0
    """The local change that set it last; 0: none did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneMemory:
    """All that a power failure must not take from a phone."""

    load: str = ""
    """What it was upgraded to; empty: it runs the firmware that it was started with."""
    parameters: Mapping[str, KeptParameter]
    revision: int
    """How many local changes there were."""
    accepted: tuple[int, ...]
    """Up to which revision the server has everything, by a rule's place."""
    reboots: tuple[Happening, ...] = ()
    """Newest first; `at` is in seconds since 1970."""
    resyncs: tuple[Happening, ...] = ()
    upgrades: tuple[Happening, ...] = ()


def remember(store: ParameterStore, bookmarks: Bookmarks, status: PhoneStatus) -> PhoneMemory:
    """Return what the phone is to know again after a power failure."""
    load, model = store.view.baseline.release.load, store.view.baseline.parameters.model
    return PhoneMemory(
        load=load if is_load(load, model) else "",
        parameters=_keep(store),
        revision=store.revision,
        accepted=bookmarks.accepted,
        reboots=_shift(status.reboots, status.boot_time),
        resyncs=_shift(status.resyncs, status.boot_time),
        upgrades=_shift(status.upgrades, status.boot_time),
    )


def recall_firmware(memory: PhoneMemory | None, baseline: Baseline) -> Baseline:
    """Return what the phone holds at first under the firmware that it was upgraded to, if any."""
    model = baseline.parameters.model
    if memory is None or not is_load(memory.load, model):
        return baseline
    return upgraded(baseline, release_of(memory.load, model, baseline.release))


def recall(
    memory: PhoneMemory | None, store: ParameterStore, status: PhoneStatus
) -> tuple[Bookmarks, tuple[Warned, ...]]:
    """Fill the store and the status of a phone that is off; return its bookmarks, and warnings.

    A warning says what could not be used: a name that this catalogue does not have any more, a
    value that it does not allow. A phone without a memory is as it comes from the factory.
    """
    if memory is None:
        return _NO_BOOKMARKS, ()
    warnings: list[Warned] = []
    values: dict[int, str] = {}
    uas: dict[int, str] = {}
    revisions: dict[int, int] = {}
    baseline = store.view.baseline
    for name, kept in memory.parameters.items():
        try:
            parameter, value = _read(baseline, name, kept.value)
        except ParameterError as error:
            warnings.append(Warned(name, f"{error.reason}; what was remembered is left out"))
            continue
        if value is not None and value != baseline.values[parameter.index]:
            values[parameter.index] = value
        if kept.ua is not None and kept.ua != baseline.uas[parameter.index]:
            uas[parameter.index] = kept.ua
        if kept.revision:
            revisions[parameter.index] = kept.revision
    store.restore(ParameterView(baseline, values, uas), revisions, memory.revision)
    status.reboots = _shift(memory.reboots, -status.boot_time)
    status.resyncs = _shift(memory.resyncs, -status.boot_time)
    status.upgrades = _shift(memory.upgrades, -status.boot_time)
    # A power failure is a restart: it ends what a delta since one looks back on.
    return Bookmarks(memory.accepted, memory.accepted), tuple(warnings)


def _keep(store: ParameterStore) -> dict[str, KeptParameter]:
    view, revisions = store.view, store.revisions
    parameters = view.baseline.parameters.parameters
    # A local change back to the group's own value is no overlay, and a change all the same.
    places = view.overlay.keys() | view.ua_overlay.keys() | revisions.keys()
    return {
        parameters[place].name: KeptParameter(
            view.value(place) if place in view.overlay or place in revisions else None,
            view.ua_overlay.get(place),
            revisions.get(place, 0),
        )
        for place in places
    }


def _read(baseline: Baseline, name: str, text: str | None) -> tuple[Parameter, str | None]:
    """Find a parameter and read its value anew; raise `ParameterError` where that cannot be."""
    parameter = baseline.parameters.find(name).parameter
    if text is None:
        return parameter, None
    clamp = baseline.release.out_of_range is OutOfRange.CLAMP
    return parameter, read_value(parameter, text, clamp=clamp).value


def _shift(happenings: tuple[Happening, ...], seconds: float) -> tuple[Happening, ...]:
    return tuple(replace(each, at=each.at + seconds) for each in happenings)
