"""Firmware upgrades: what a load's name says, and what a phone becomes that runs it.

Of a load only its file list is fetched, as `sip88xx.12-0-7MPP0201-66.loads`: its name says all
that mppsim can know. The phone then has the parameters of that version; its behaviour fields are
those of the release with the same first two numbers, if there is one, else they stay.

Source: the provisioning guides, "Upgrade Rule"; docs/resync.md.
"""

import re
from dataclasses import fields, replace
from functools import lru_cache

from mppsim.core.catalogue import parameter_set
from mppsim.core.firmware import FirmwareRelease, load_release, release_names
from mppsim.core.parameters import Baseline
from mppsim.core.phone_model import PhoneModel
from mppsim.core.url import Url
from mppsim.errors import ProfileError

__all__ = ["LOADS_LIMIT", "check_loads", "is_load", "load_name", "release_of", "upgraded"]

LOADS_LIMIT = 1024 * 1024
"""The longest file of a load that is fetched, in bytes; real ones have a few thousand."""

_ENDING = ".loads"
_IDENTITY = frozenset({"name", "catalogue_level", "label", "load", "note"})


def load_name(url: Url) -> str:
    """Return the load that a URL names: the last part of its path, without `.loads`."""
    return url.target.partition("?")[0].rpartition("/")[2].removesuffix(_ENDING)


def check_loads(url: Url, body: bytes, model: PhoneModel) -> str:
    """Return the name of the load that was fetched; raise `ProfileError` where it is none."""
    name = load_name(url)
    if not is_load(name, model):
        raise ProfileError(f"{name or 'no name'} is no load of a {model.product_name}")
    if not body:
        raise ProfileError(f"{name} is empty")
    if body.lstrip()[:1] == b"<":
        raise ProfileError(f"{name} is a page or a profile, not a load")
    return name


def is_load(name: str, model: PhoneModel) -> bool:
    """Say whether that is the name of a load of this model."""
    return _pattern(model).match(name) is not None


@lru_cache(maxsize=64)
def release_of(load: str, model: PhoneModel, current: FirmwareRelease) -> FirmwareRelease:
    """Return what a phone that ran `current` has become with a load that was checked."""
    version = _pattern(model).match(load)
    assert version is not None, "the load was checked"
    level = int(version[1]), int(version[2]), int(version[3])
    return replace(
        _behaviour(level, current),
        catalogue_level=level,
        label=".".join(map(str, level)),
        load=load,
    )


@lru_cache(maxsize=64)
def upgraded(baseline: Baseline, release: FirmwareRelease) -> Baseline:
    """Return what the phones of a group hold under another firmware: one for all of them.

    What the baseline's firmware did not have gets its factory value.
    """
    parameters = parameter_set(baseline.parameters.model, release)
    pairs = [(parameter, baseline.parameters.get(parameter.name)) for parameter in parameters]
    return Baseline(
        parameters=parameters,
        values=tuple(
            new.default if old is None else baseline.values[old.index] for new, old in pairs
        ),
        uas=tuple(new.ua if old is None else baseline.uas[old.index] for new, old in pairs),
    )


def _pattern(model: PhoneModel) -> re.Pattern[str]:
    prefix = re.escape(model.firmware_prefix)
    return re.compile(rf"{prefix}\.([0-9]{{1,4}})-([0-9]{{1,4}})-([0-9]{{1,4}})(?![0-9])[\w-]*\Z")


def _behaviour(level: tuple[int, int, int], current: FirmwareRelease) -> FirmwareRelease:
    """Return the release whose behaviour that version has, with the quirks of this run."""
    if current.catalogue_level[:2] == level[:2]:
        return current
    shipped = [load_release(name) for name in release_names()]
    alike = [release for release in shipped if release.catalogue_level[:2] == level[:2]]
    if not alike:
        return current
    own = load_release(current.name)
    quirks = {
        field.name: getattr(current, field.name)
        for field in fields(current)
        if field.name not in _IDENTITY and getattr(current, field.name) != getattr(own, field.name)
    }
    return replace(alike[0], **quirks)
