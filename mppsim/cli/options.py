"""Options that several commands share: which phone, with which firmware, set to what."""

from pathlib import Path
from typing import Annotated

import typer

from mppsim.cli.secret import read_secret
from mppsim.core.firmware import FirmwareRelease, load_release
from mppsim.core.identity import parse_mac
from mppsim.core.parameters import Baseline
from mppsim.core.phone_model import PhoneModel
from mppsim.core.profile import PROFILE_LIMIT, Profile, ProfileSetting, clean_value, parse_profile
from mppsim.errors import ParameterError, StartError

__all__ = [
    "CaOption",
    "EventsOption",
    "FirmwareOption",
    "InsecureOption",
    "MacOption",
    "ModelOption",
    "QuirkOption",
    "SetOption",
    "provision",
    "read_mac",
    "read_profile",
    "read_release",
    "read_settings_option",
]

ModelOption = Annotated[
    str, typer.Option("--model", metavar="M", help="The phone model: 8851, 7841 …")
]
MacOption = Annotated[
    str | None,
    typer.Option(
        "--mac", metavar="MAC", help="The phone's MAC address. Without it: one of the model's."
    ),
]
FirmwareOption = Annotated[
    str, typer.Option("--firmware", metavar="RELEASE", help="The firmware release.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Set a parameter as a profile does; NAME=@FILE reads the value. Repeatable.",
    ),
]
QuirkOption = Annotated[
    list[str] | None,
    typer.Option(
        "--quirk", metavar="NAME=VALUE", help="Override a behaviour of the firmware. Repeatable."
    ),
]

EventsOption = Annotated[
    str | None,
    typer.Option("--events", metavar="FILE|-", help="Write events as JSON lines; - is stdout."),
]
CaOption = Annotated[
    Path | None,
    typer.Option(
        "--ca", metavar="FILE", help="PEM file of the CAs to trust instead of the system's."
    ),
]
InsecureOption = Annotated[
    bool,
    typer.Option("--insecure", help="Do not check any server's certificate."),
]


def read_settings_option(settings: list[str]) -> Profile:
    """Read `--set NAME=VALUE`, in written order; `NAME=@FILE` takes the value from a file.

    Raises `typer.BadParameter` for what is not NAME=VALUE, and `StartError` for a file that
    cannot be read.
    """
    return Profile(tuple(_read_setting(setting) for setting in settings))


def read_profile(file: Path) -> Profile:
    """Read a configuration file; raises `StartError` if it cannot be, else `ProfileError`."""
    try:
        with file.open("rb") as opened:
            body = opened.read(PROFILE_LIMIT + 1)  # one more, so that too long is seen as such
    except OSError as error:
        raise StartError(f"{file}: {error.strerror}") from error
    return parse_profile(body, source=str(file))


def read_release(firmware: str, quirks: list[str]) -> FirmwareRelease:
    """Return a release with quirks applied; raises `CatalogueError`."""
    return load_release(firmware).with_quirks(quirks)


def provision(
    model: PhoneModel, release: FirmwareRelease, profile: Profile
) -> tuple[Baseline, tuple[str, ...]]:
    """Return the values of a phone that a command line's settings made, and warnings.

    Unlike a profile's, an unknown name or a refused value raises `ParameterError`: whoever
    typed it is there to read it.
    """
    factory = Baseline.factory(model, release)
    for setting in profile.settings:
        factory.parameters.find(setting.name)
    baseline, done = factory.provisioned(profile)
    for name, reason in done.refused:
        raise ParameterError(name, reason)
    return baseline, tuple(f"{name}: {reason}" for name, reason in done.warnings)


def read_mac(text: str) -> str:
    """Return a MAC address as 12 lower-case hex digits; colons, hyphens, dots may be between.

    Raises `typer.BadParameter` for anything else.
    """
    try:
        return parse_mac(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _read_setting(setting: str) -> ProfileSetting:
    name, equals, value = setting.partition("=")
    if not equals or not name.strip():
        # What was typed may be a secret, so it is not repeated.
        raise typer.BadParameter("write it as NAME=VALUE", param_hint="--set")
    return ProfileSetting(name=name.strip(), value=clean_value(read_secret(value)))
