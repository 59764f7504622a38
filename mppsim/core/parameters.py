"""Hold a phone's parameters: a shared baseline, a small overlay, and when each last changed.

A fleet's phones share one `Baseline`; a phone that changed nothing owns no dictionary. Deltas
need no history: the store keeps the revision of each parameter's last local change, and whoever
reports keeps a bookmark.

Source: the guide's section "Report Current Phone Configuration to the Provisioning Server".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TypeVar

from mppsim.core.allowed import Reading, read_value
from mppsim.core.catalogue import Parameter, ParameterSet, PhoneModel, ReportForm, parameter_set
from mppsim.core.firmware import FirmwareRelease, OutOfRange
from mppsim.core.frozen import frozen_value
from mppsim.core.profile import Profile, Remark, clean_value
from mppsim.core.wanted import Checked, ParameterChange, find_wanted
from mppsim.errors import ParameterError

__all__ = [
    "Baseline",
    "Checked",
    "ParameterChange",
    "ParameterStore",
    "ParameterView",
    "Provisioned",
]


_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provisioned:
    """What a profile did: names that hold a new value, refusals, warnings."""

    names: tuple[str, ...] = ()
    refused: tuple[Remark, ...] = ()
    warnings: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """What every phone of a group holds at first. Compared by identity, never changed."""

    parameters: ParameterSet
    values: tuple[str, ...] = field(repr=False)
    """By `Parameter.index`."""
    uas: tuple[str, ...] = field(repr=False)
    view: "ParameterView" = field(init=False, repr=False)
    """What a phone holds that changed nothing."""
    release: FirmwareRelease = field(init=False, repr=False)
    """The firmware release of the group's phones."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "release", self.parameters.release)
        object.__setattr__(self, "view", ParameterView(self, _NOTHING, _NOTHING))

    @staticmethod
    @cache
    def factory(model: PhoneModel, release: FirmwareRelease) -> "Baseline":
        """Return the factory values of a model at a release. Made once, then the same object."""
        parameters = parameter_set(model, release)
        return Baseline(
            parameters=parameters,
            values=tuple(parameter.default for parameter in parameters),
            uas=tuple(parameter.ua for parameter in parameters),
        )

    def provisioned(self, profile: Profile) -> tuple["Baseline", Provisioned]:
        """Return this baseline with a profile applied, and what the profile did."""
        store = ParameterStore(self)
        done = store.provision(profile)
        if store.view is self.view:
            return self, done
        view, places = store.view, range(len(self.values))
        return Baseline(
            parameters=self.parameters,
            values=tuple(view.value(index) for index in places),
            uas=tuple(view.ua(index) for index in places),
        ), done


@frozen_value(eq=False)
class ParameterView:
    """What a phone held at one moment. Never changes; costs a reference to each of its parts."""

    baseline: Baseline
    overlay: Mapping[int, str] = field(repr=False)
    """Values that differ from the baseline's, by `Parameter.index`."""
    ua_overlay: Mapping[int, str] = field(repr=False)

    def __getitem__(self, name: str) -> str:
        """Return the value under the parameter's real name; raises `ParameterError`."""
        index = self.baseline.parameters.by_name[name].index
        value = self.overlay.get(index)
        return self.baseline.values[index] if value is None else value

    def get(self, name: str, default: str | None = None) -> str | None:
        """Return the value under the parameter's real name, or the default if it has none."""
        parameter = self.baseline.parameters.by_name.get(name)
        return default if parameter is None else self.value(parameter.index)

    def value(self, index: int) -> str:
        """Return the value of the parameter at that place."""
        value = self.overlay.get(index)
        return self.baseline.values[index] if value is None else value

    def ua(self, index: int) -> str:
        """Return the `ua` attribute of the parameter at that place."""
        ua = self.ua_overlay.get(index)
        return self.baseline.uas[index] if ua is None else ua


class ParameterStore:
    """One phone's parameters. A phone that changed nothing shares all of it but these slots."""

    __slots__ = ("revision", "revisions", "view")

    def __init__(self, baseline: Baseline) -> None:
        self.view = baseline.view
        """What the phone holds now: another object after each change, the same one until then."""
        self.revision = 0
        """How many local changes there were; a delta's bookmark is one of these numbers."""
        self.revisions: Mapping[int, int] = _NEVER
        """When each parameter was last changed locally, by `Parameter.index`."""

    def __getitem__(self, name: str) -> str:
        """Return the value under the parameter's real name; raises `ParameterError`."""
        return self.view[name]

    def check(
        self,
        values: Mapping[str, str] | Iterable[tuple[str, str]],
        *,
        from_profile: bool = False,
    ) -> Checked:
        """Read names and values that somebody wants set; set nothing, raise nothing.

        Names are read by alias and without regard to case, with a warning. The last of two
        values of one name wins. With `from_profile`, an unknown name is ignored with a warning
        and hidden parameters may be set; else both are refused.
        """
        pairs = values.items() if isinstance(values, Mapping) else values
        wanted = find_wanted(self.view.baseline.parameters, pairs)
        warnings = list(wanted.warnings)
        changes: list[ParameterChange] = []
        refused: list[Remark] = []
        for parameter, text in wanted.texts:
            try:
                reading = self._read(parameter, text, from_profile=from_profile)
            except ParameterError as error:
                refused.append(Remark(parameter.name, error.reason))
                continue
            changes.append(ParameterChange(parameter.name, reading.value))
            if reading.warning:
                warnings.append(Remark(parameter.name, reading.warning))
        (warnings if from_profile else refused).extend(wanted.unknown)
        return Checked(changes=tuple(changes), refused=tuple(refused), warnings=tuple(warnings))

    def change(self, changes: Iterable[ParameterChange]) -> tuple[str, ...]:
        """Make one local change of checked values and return the names that hold a new one.

        A value set to what it is already is no change. Raises `ParameterError` for a name that
        is not the real one of a parameter.
        """
        view, baseline = self.view, self.view.baseline
        held, below = view.overlay, baseline.values
        by_name = baseline.parameters.by_name
        new = {by_name[each.name].index: each.value for each in changes}
        # `view.value` written out: a fleet's phones do little as often as this.
        new = {i: text for i, text in new.items() if text != (held[i] if i in held else below[i])}
        if new:
            self.revision += 1
            self.revisions = {**self.revisions, **dict.fromkeys(new, self.revision)}
            self.view = ParameterView(baseline, _over(held, new, below), view.ua_overlay)
        return self._names(new)

    def provision(self, profile: Profile) -> Provisioned:
        """Apply a profile: values and `ua` of what is known and allowed, the rest is told.

        It makes no local change: no delta will hold what it set. The last of two values of one
        name wins; an unknown name is ignored with a warning.
        """
        checked = self.check(
            ((setting.name, setting.value) for setting in profile.settings), from_profile=True
        )
        values, uas, warnings = _settle(self.view.baseline.parameters, profile, checked.changes)
        new = {index: value for index, value in values.items() if value != self.view.value(index)}
        self.view = _lay(self.view, new, uas)
        return Provisioned(
            names=self._names(new),
            refused=checked.refused,
            warnings=profile.warnings + checked.warnings + warnings,
        )

    def reset(self) -> tuple[str, ...]:
        """Take the factory's values and `ua` again, and return the names that hold a new value.

        It makes no local change, and what was changed before is in no delta any more.
        """
        parameters = self.view.baseline.parameters
        new = {p.index: p.default for p in parameters if self.view.value(p.index) != p.default}
        uas = {p.index: p.ua for p in parameters if self.view.ua(p.index) != p.ua}
        self.view = _lay(self.view, new, uas)
        self.revisions = _NEVER
        return self._names(new)

    def move_to(self, baseline: Baseline) -> None:
        """Hold the same values over another firmware's baseline, and what a delta is to hold.

        What the other firmware does not have is forgotten.
        """
        old, new = self.view.baseline.parameters.parameters, baseline.parameters

        def moved(by_place: Mapping[int, _T]) -> dict[int, _T]:
            found = ((new.get(old[place].name), held) for place, held in by_place.items())
            return {parameter.index: held for parameter, held in found if parameter is not None}

        self.view = ParameterView(baseline, moved(self.view.overlay), moved(self.view.ua_overlay))
        self.revisions = moved(self.revisions)

    def restore(self, view: ParameterView, revisions: Mapping[int, int], revision: int) -> None:
        """Hold what a phone held when its power failed; the values have been read anew."""
        self.view, self.revisions, self.revision = view, revisions, revision

    def changed_since(self, bookmark: int) -> tuple[Parameter, ...]:
        """Return what a delta holds: reportable parameters changed locally after the bookmark."""
        parameters = self.view.baseline.parameters.parameters
        later = sorted([i for i, revision in self.revisions.items() if revision > bookmark])
        return tuple([found for i in later if (found := parameters[i]).is_reportable])

    def _read(self, parameter: Parameter, text: str, *, from_profile: bool) -> Reading:
        if parameter.form is ReportForm.NEVER and not from_profile:
            raise ParameterError(parameter.name, "only a profile sets it")
        clamp = self.view.baseline.release.out_of_range is OutOfRange.CLAMP
        return read_value(parameter, clean_value(text), clamp=clamp)

    def _names(self, places: Iterable[int]) -> tuple[str, ...]:
        parameters = self.view.baseline.parameters.parameters
        return tuple([parameters[index].name for index in places])


_NOTHING: Mapping[int, str] = {}
_NEVER: Mapping[int, int] = {}

_UAS = frozenset({"na", "ro", "rw"})


def _settle(
    parameters: ParameterSet, profile: Profile, changes: Iterable[ParameterChange]
) -> tuple[dict[int, str], dict[int, str], tuple[Remark, ...]]:
    """Return accepted values and `ua` attributes by place, and warnings about odd attributes."""
    values = {parameters[change.name].index: change.value for change in changes}
    uas: dict[int, str] = {}
    warnings: list[Remark] = []
    for setting in profile.settings:
        found = parameters.look_up(setting.name)
        if setting.ua is None or found is None or found.parameter.index not in values:
            continue
        if setting.ua in _UAS:
            uas[found.parameter.index] = setting.ua
        else:
            warnings.append(Remark(setting.name, "its ua is none of na, ro, rw: left as it was"))
    return values, uas, tuple(warnings)


def _lay(view: ParameterView, new: Mapping[int, str], uas: Mapping[int, str]) -> ParameterView:
    """Return the view with values and `ua` attributes laid over it; the same one for none."""
    baseline = view.baseline
    overlay = _over(view.overlay, new, baseline.values)
    ua_overlay = _over(view.ua_overlay, uas, baseline.uas)
    if overlay == view.overlay and ua_overlay == view.ua_overlay:
        return view
    return ParameterView(baseline, overlay, ua_overlay)


def _over(
    old: Mapping[int, str], new: Mapping[int, str], below: tuple[str, ...]
) -> Mapping[int, str]:
    if not new:
        return old
    laid = {**old, **new}
    for index, text in new.items():
        if text == below[index]:
            del laid[index]
    return laid
