"""Write the pages: values into templates, every one of them as text and never as markup.

What a page is for stands in its template, `mppsim/admin/templates`; what it looks like in
`mppsim/admin/assets`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Protocol, cast

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from mppsim.admin.address import Account, Detail, PageAddress
from mppsim.admin.fields import Field, FieldGroup
from mppsim.admin.labels import label_of_status, slug_of
from mppsim.admin.layout import Section, Tab
from mppsim.admin.screen import Screen
from mppsim.admin.search import Hit
from mppsim.core.status import StatusGroup
from mppsim.net.phone import Phone

__all__ = [
    "Frame",
    "Notice",
    "Seals",
    "ShownSection",
    "read_asset",
    "write_message",
    "write_question",
    "write_screen",
    "write_search",
    "write_status",
    "write_voice",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What is around every page: whose phone it is, and where one can go."""

    phone: Phone
    address: PageAddress
    tabs: tuple[Tab, ...]
    here: str
    """What is marked as the page that one is on."""
    can_act: bool = False
    """Whether reboot and factory reset are offered."""

    def place(self, *, slug: str | None = None, detail: str | None = None) -> str:
        """Return the path of another tab, or of the same one in another view."""
        return str(
            PageAddress(
                account=self.address.account,
                detail=self.address.detail if detail is None else Detail(detail),
                slug=self.address.slug if slug is None else slug,
            )
        )

    @property
    def is_admin(self) -> bool:
        """Say whether the page is the administrator's."""
        return self.address.account is Account.ADMIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What became of the last form: good news, or what has to be done."""

    text: str
    is_fault: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Seals:
    """What a form carries besides its fields."""

    token: str
    seen: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSection:
    """A section of a tab with its fields."""

    section: Section
    groups: tuple[FieldGroup, ...]


def write_status(frame: Frame, groups: Sequence[StatusGroup]) -> str:
    """Write Info > Status."""
    return _write("status.html", frame=frame, groups=groups)


def write_voice(
    frame: Frame, tab: Tab, sections: Sequence[ShownSection], seals: Seals, notice: Notice | None
) -> str:
    """Write a tab below Voice."""
    wrong = [
        field
        for shown in sections
        for group in shown.groups
        for field in group.fields
        if field.error
    ]
    can_submit = any(
        not field.is_read_only
        for shown in sections
        for group in shown.groups
        for field in group.fields
    )
    return _write(
        "voice.html",
        frame=frame,
        tab=tab,
        sections=sections,
        seals=seals,
        notice=notice,
        wrong=wrong,
        can_submit=can_submit,
    )


def write_search(frame: Frame, query: str, hits: Iterable[Hit]) -> str:
    """Write what a search found."""
    return _write("search.html", frame=frame, query=query, hits=tuple(hits))


def write_question(frame: Frame, title: str, question: str, *, act: str, seals: Seals) -> str:
    """Write a page that asks before something is done."""
    return _write(
        "question.html", frame=frame, title=title, question=question, act=act, seals=seals
    )


def write_message(frame: Frame, title: str, text: str) -> str:
    """Write a page that says one thing."""
    return _write("message.html", frame=frame, title=title, text=text)


def write_screen(frame: Frame, screen: Screen, *, clock: str, seals: Seals) -> str:
    """Draw the phone's own screen."""
    return _write("screen.html", frame=frame, screen=screen, clock=clock, seals=seals)


@cache
def read_asset(name: str) -> bytes | None:
    """Return a file that the pages need; None where there is no such file."""
    return _ASSETS.joinpath(name).read_bytes() if name in MEDIA_TYPES else None


MEDIA_TYPES: Mapping[str, str] = {
    "admin.css": "text/css",
    "admin.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
"""The files that the pages need, and what they are."""

_ASSETS = files("mppsim.admin").joinpath("assets")


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=PackageLoader("mppsim.admin"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    templates.filters["field"] = _write_field
    templates.filters["label"] = label_of_status
    templates.filters["slug"] = slug_of
    return templates


class _FieldTemplate(Protocol):
    def show(self, field: Field) -> Markup: ...


@lru_cache(maxsize=16_384)
def _write_field(field: Field) -> Markup:
    """Write a field once: most of a page's fields show what they show on every phone."""
    template = cast(_FieldTemplate, _templates().get_template("field.html").module)
    return template.show(field)


def _write(template: str, **values: object) -> str:
    return _templates().get_template(template).render(values)
