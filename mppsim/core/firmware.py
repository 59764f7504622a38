"""Know what each firmware release does where documents disagree or are silent, as data.

Each doubtful behaviour is one field of `FirmwareRelease`; its value, source and certainty are in
`mppsim/data/firmware.toml`, and `--quirk NAME=VALUE` overrides one for a run.
"""

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

from mppsim.errors import CatalogueError

__all__ = [
    "DEFAULT_RELEASE",
    "ChangeWindow",
    "DeltaBase",
    "FirmwareRelease",
    "IkmEncoding",
    "KeyDigest",
    "OutOfRange",
    "Quirk",
    "ReportRoot",
    "RestartReport",
    "load_release",
    "quirks",
    "release_names",
]

DEFAULT_RELEASE = "mpp-12.0"


class ChangeWindow(StrEnum):
    """How local changes share one wait."""

    DEBOUNCE = "debounce"
    BATCH = "batch"


class DeltaBase(StrEnum):
    """Since when a delta lists changes: the rule's last delivered report, or the last resync."""

    REPORT = "report"
    SYNC = "sync"


class RestartReport(StrEnum):
    """On which side of a restart its report goes out."""

    AFTER = "after"
    BEFORE = "before"


class ReportRoot(StrEnum):
    """What stands around a report's parameters; every form has a `flat-profile` inside."""

    ENV = "env"
    FLAT_PROFILE = "flat-profile"
    DEVICE = "device"


class KeyDigest(StrEnum):
    """The digest that turns a `--key` passphrase into a key, as `openssl enc -md` names it."""

    MD5 = "md5"
    SHA256 = "sha256"


class IkmEncoding(StrEnum):
    """How the text of `IKM_HTTP_Encrypt_Content` stands for octets."""

    RAW = "raw"
    BASE64URL = "base64url"
    HEX = "hex"


class OutOfRange(StrEnum):
    """What happens to a number out of its range: the old value stays, or the bound is taken."""

    REJECT = "reject"
    CLAMP = "clamp"


@dataclass(frozen=True, slots=True, kw_only=True)
class FirmwareRelease:
    """One firmware release: its name and level, and thirteen doubtful behaviours."""

    name: str
    catalogue_level: tuple[int, int, int]
    """The firmware whose parameters it has: (12, 0, 7) is 12.0(7)."""
    label: str
    """The version that a User-Agent shows: 12.0.7."""
    load: str
    """The image's file name after the model's prefix: 12-0-7MPP0201-66.

    Of a phone that was upgraded, the whole name: sip88xx.12-0-7MPP0201-66.
    """
    note: str

    periodic_max: int
    """The longest Periodic_Upload_To_Server, in seconds."""
    change_window: ChangeWindow
    """debounce: each further change restarts the delay; batch: the first one starts it."""
    change_cap: int
    """With debounce, a report waits at most this many delays from the first change."""
    delta_base: DeltaBase
    restart_report: RestartReport
    boot_seconds: float
    """How long a restart takes; the phone answers nothing meanwhile."""
    retry_delays: tuple[float, ...]
    """Seconds before each further attempt of a failed upload; empty: none."""
    report_root: ReportRoot
    post_content_type: str
    key_digest: KeyDigest
    ikm_encoding: IkmEncoding
    out_of_range: OutOfRange
    xml_declaration: bool

    def with_quirks(self, settings: Iterable[str]) -> "FirmwareRelease":
        """Return this release with fields set by "NAME=VALUE"; a later one wins.

        Raises `CatalogueError` for a field that does not exist or a value that it cannot have.
        """
        values: dict[str, Any] = {}
        for setting in settings:
            name, equals, text = (part.strip() for part in setting.partition("="))
            if not equals:
                raise CatalogueError(f"quirk {setting!r}: write it as NAME=VALUE")
            values[name] = _read(name, text)
        return replace(self, **values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirk:
    """One behaviour field of a release as people read it."""

    name: str
    value: str
    allowed: str
    source: str
    sure: str
    """How sure the value is, in words: documented, inferred, unknown …"""


def release_names() -> tuple[str, ...]:
    """Return the names of all releases, the default first."""
    return tuple(_shipped())


def load_release(name: str) -> FirmwareRelease:
    """Return the release of that name; raises `CatalogueError` naming the near ones."""
    try:
        return _shipped()[name].release
    except KeyError:
        near = difflib.get_close_matches(name, _shipped(), n=2, cutoff=0.5) or release_names()
        raise CatalogueError(f"no firmware release {name!r}: try {' or '.join(near)}") from None


def quirks(release: FirmwareRelease) -> tuple[Quirk, ...]:
    """Return every behaviour field of a release with value, source and certainty.

    A value that `with_quirks` changed says so in place of its source.
    """
    return tuple(_quirk(release, name) for name in _FIELDS)


_T = TypeVar("_T", bound=StrEnum)
_Value = int | float | str | bool | StrEnum | tuple[float, ...]
_MEDIA_TYPE = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+/[!#$%&'*+.^_`|~0-9A-Za-z-]+(;[ -~]*)?")


@dataclass(frozen=True, slots=True)
class _Field:
    """How one behaviour field is read, and what it may be."""

    read: Callable[[str], _Value]
    allowed: str


def _option(options: type[_T]) -> _Field:
    return _Field(options, "|".join(options))


def _whole(low: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,10}", text) or int(text) < low:
            raise ValueError
        return int(text)

    return read


def _seconds(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{0,6})?", text):
        raise ValueError
    return float(text)


def _delays(text: str) -> tuple[float, ...]:
    return tuple(_seconds(part.strip()) for part in text.split(",")) if text else ()


def _media_type(text: str) -> str:
    if not _MEDIA_TYPE.fullmatch(text):
        raise ValueError
    return text


def _truth(text: str) -> bool:
    return {"true": True, "yes": True, "false": False, "no": False}[text.lower()]


_FIELDS: Mapping[str, _Field] = {
    "periodic_max": _Field(_whole(600), "seconds, a whole number from 600"),
    "change_window": _option(ChangeWindow),
    "change_cap": _Field(_whole(1), "delays, a whole number from 1"),
    "delta_base": _option(DeltaBase),
    "restart_report": _option(RestartReport),
    "boot_seconds": _Field(_seconds, "seconds, 0 or more"),
    "retry_delays": _Field(_delays, "seconds with commas between them; empty: no retry"),
    "report_root": _option(ReportRoot),
    "post_content_type": _Field(_media_type, "a media type such as application/xml"),
    "key_digest": _option(KeyDigest),
    "ikm_encoding": _option(IkmEncoding),
    "out_of_range": _option(OutOfRange),
    "xml_declaration": _Field(_truth, "true|false"),
}


def _read(name: str, text: str) -> _Value:
    field = _FIELDS.get(name)
    if field is None:
        near = difflib.get_close_matches(name, _FIELDS, n=2, cutoff=0.5) or _FIELDS
        raise CatalogueError(f"no quirk {name!r}: try {' or '.join(near)}")
    try:
        return field.read(text)
    except (ValueError, KeyError):
        raise CatalogueError(f"quirk {name} cannot be {text!r}: {field.allowed}") from None


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else str(value)


def _text(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case list() | tuple():
            return ",".join(_number(item) for item in value)
        case float():
            return _number(value)
        case _:
            return str(value)


def _quirk(release: FirmwareRelease, name: str) -> Quirk:
    shipped = _shipped()[release.name]
    as_shipped = getattr(release, name) == getattr(shipped.release, name)
    return Quirk(
        name=name,
        value=_text(getattr(release, name)),
        allowed=_FIELDS[name].allowed,
        source=shipped.sources[name] if as_shipped else "--quirk, for this run",
        sure=shipped.sure[name] if as_shipped else "as you say",
    )


@dataclass(frozen=True, slots=True)
class _Shipped:
    """A release as `firmware.toml` has it, and what that file says about each value."""

    release: FirmwareRelease
    sources: Mapping[str, str]
    sure: Mapping[str, str]


@cache
def _shipped() -> Mapping[str, _Shipped]:
    text = files("mppsim").joinpath("data/firmware.toml").read_text(encoding="utf-8")
    tables: dict[str, dict[str, Any]] = {}
    for key, table in tomllib.loads(text).items():
        tables[key] = {**tables.get(table.get("like", ""), {}), **table}
    return {table["name"]: _ship(table) for table in tables.values()}


def _ship(table: Mapping[str, Any]) -> _Shipped:
    values: dict[str, Any] = {name: _read(name, _text(table[name]["value"])) for name in _FIELDS}
    values |= {name: table[name] for name in ("name", "label", "load", "note")}
    return _Shipped(
        release=FirmwareRelease(catalogue_level=tuple(table["level"]), **values),
        sources={name: table[name]["source"] for name in _FIELDS},
        sure={name: table[name]["sure"] for name in _FIELDS},
    )
