"""Decide what is on a phone's own screen: its menus, their rows, its soft keys.

A screen has a place, such as `applications/status/product-information`; nothing is remembered from
one to the next. The page draws it, the keypad of `mppsim phone` prints it.

Source: the guide, "Determine the Phone MAC Address": Applications > Status > Product Information.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from mppsim.admin.address import Account
from mppsim.admin.fields import Field, build_field
from mppsim.admin.labels import label_of, label_of_status, slug_of
from mppsim.admin.layout import Access, access_to
from mppsim.core.catalogue import Parameter
from mppsim.core.identity import product_information
from mppsim.core.parameters import ParameterView
from mppsim.net.phone import Phone

__all__ = [
    "PRODUCT_INFORMATION",
    "Row",
    "Screen",
    "SoftKey",
    "screen_account",
    "setting_at",
    "show_screen",
]

HOME = ""
PRODUCT_INFORMATION = "applications/status/product-information"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the screen; chosen, it leads to a place, if it has one."""

    label: str
    value: str = ""
    place: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftKey:
    """A key below the screen, and where it leads."""

    label: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What a phone shows at a place."""

    place: str
    title: str
    rows: tuple[Row, ...] = ()
    soft_keys: tuple[SoftKey, ...] = ()
    entry: Field | None = None
    """What can be entered here: soft key Set sets it."""

    @property
    def trail(self) -> str:
        """Return the way here: Applications > Status > Product Information."""
        words = [word.replace("-", " ").title() for word in self.place.split("/")[:-1]]
        return " > ".join((*words, self.title))


def show_screen(
    phone: Phone, place: str, *, given: Mapping[str, str] | None = None, error: str = ""
) -> Screen | None:
    """Return what the phone shows at a place; None where there is no such place.

    `given` and `error` show a value that was refused, for correction.
    """
    if place in _SCREENS:
        screen = _SCREENS[place](phone)
    elif (parameter := setting_at(phone.parameters, place)) is not None:
        screen = _entry(phone.parameters, parameter, given or {}, error)
    else:
        return None
    up, slash, _ = place.rpartition("/")
    back = SoftKey(label="Back" if slash else "Exit", place=up)
    return screen if place == HOME else replace(screen, place=place, soft_keys=(back,))


def setting_at(view: ParameterView, place: str) -> Parameter | None:
    """Return the parameter that is set at a place, if one is and the phone's user sees it."""
    folder, _, slug = place.rpartition("/")
    settings = _settings(view) if folder == _SETTINGS else ()
    return next((each for each in settings if slug_of(each.name) == slug), None)


_APPLICATIONS = "applications"
_STATUS = "applications/status"
_SETTINGS = "applications/settings"

_GROUPS: Mapping[str, str] = {
    "applications/status/network-status": "IPv4_Information",
    "applications/status/phone-status": "Phone_Status",
    "applications/status/reboot-history": "Reboot_History",
    "applications/status/provisioning-status": "Provisioning_Status",
}
"""The screens that show a group of the phone's status."""

_SET_HERE = (
    *("Station_Display_Name", "Ringer_Volume", "Speaker_Volume", "Handset_Volume"),
    *("Headset_Volume", "Display_Brightness", "Back_Light_Timer", "DND_Setting"),
    *("Cfwd_All", "Cfwd_All_Dest", "Time_Format", "Date_Format"),
)
"""What Settings offers, as far as the model has it."""


def _home(phone: Phone) -> Screen:
    view = phone.parameters
    keys = range(1, phone.identity.model.line_keys + 1)
    lines = (Row(label=f"{key}", value=_line(view, key)) for key in keys)
    return Screen(
        place=HOME,
        title=view.get("Station_Display_Name") or phone.identity.model.product_name,
        rows=tuple(line for line in lines if line.value),
        soft_keys=(SoftKey(label="Apps", place=_APPLICATIONS),),
    )


def _line(view: ParameterView, key: int) -> str:
    """Return what stands beside a line key; nothing beside one without an account."""
    line = view.get(f"Extension_{key}_", "")
    user = view.get(f"User_ID_{line}_") or ""
    name = view.get(f"Short_Name_{key}_") or ""
    return user if name in {"", "$USER"} else name


def _applications(_: Phone) -> Screen:
    rows = (Row(label="Status", place=_STATUS), Row(label="Settings", place=_SETTINGS))
    return Screen(place=_APPLICATIONS, title="Applications", rows=rows)


def _status(_: Phone) -> Screen:
    places = (PRODUCT_INFORMATION, *_GROUPS)
    rows = (Row(label=_title(place), place=place) for place in places)
    return Screen(place=_STATUS, title="Status", rows=tuple(rows))


def _product_information(phone: Phone) -> Screen:
    pairs = product_information(phone.identity, phone.parameters.baseline.release)
    rows = (Row(label=label, value=value) for label, value in pairs)
    return Screen(place=PRODUCT_INFORMATION, title="Product Information", rows=tuple(rows))


def _group(place: str) -> Callable[[Phone], Screen]:
    def show(phone: Phone) -> Screen:
        fields = (
            field
            for group in phone.status_groups()
            if group.name == _GROUPS[place]
            for field in group.rows
        )
        rows = (Row(label=label_of_status(field.name), value=field.value) for field in fields)
        return Screen(place=place, title=_title(place), rows=tuple(rows))

    return show


def _all_settings(phone: Phone) -> Screen:
    view = phone.parameters
    rows = (
        Row(
            label=label_of(parameter.name),
            value=view.value(parameter.index),
            place=f"{_SETTINGS}/{slug_of(parameter.name)}",
        )
        for parameter in _settings(view)
    )
    return Screen(place=_SETTINGS, title="Settings", rows=tuple(rows))


def _entry(
    view: ParameterView, parameter: Parameter, given: Mapping[str, str], error: str
) -> Screen:
    errors = {parameter.name: error} if error else {}
    entry = build_field(view, parameter, screen_account(view), given=given, errors=errors)
    return Screen(place="", title=entry.control.label, entry=entry)


def _settings(view: ParameterView) -> tuple[Parameter, ...]:
    found = (view.baseline.parameters.get(name) for name in _SET_HERE)
    account = screen_account(view)
    return tuple(p for p in found if p and access_to(view, p, account) is not Access.NONE)


def screen_account(view: ParameterView) -> Account:
    """Return whose rights count at the phone's own screen."""
    # `ua` governs the phone's own menus too, but only where Phone-UI-User-Mode says so.
    return Account.USER if view.get("Phone-UI-User-Mode") == "Yes" else Account.ADMIN


def _title(place: str) -> str:
    return place.rpartition("/")[2].replace("-", " ").title()


_SCREENS: Mapping[str, Callable[[Phone], Screen]] = {
    HOME: _home,
    _APPLICATIONS: _applications,
    _STATUS: _status,
    PRODUCT_INFORMATION: _product_information,
    **{place: _group(place) for place in _GROUPS},
    _SETTINGS: _all_settings,
}
