"""`mppsim models`: the phone models that mppsim can be."""

from dataclasses import asdict
from typing import Annotated

import typer

from mppsim.cli.listing import print_json, print_table
from mppsim.core.catalogue import PhoneModel, parameter_set
from mppsim.core.catalogue import models as all_models
from mppsim.core.firmware import DEFAULT_RELEASE, FirmwareRelease, load_release

__all__ = ["models"]


def models(
    firmware: Annotated[
        str,
        typer.Option(metavar="RELEASE", help="The firmware release whose parameters are counted."),
    ] = DEFAULT_RELEASE,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List phone models: lines, keys, software, and how long a full report is."""
    release = load_release(firmware)
    if as_json:
        print_json([_as_record(model, release) for model in all_models()])
        return
    print_table(
        f"Phone models at {release.name}",
        ("model", "product name", "#lines", "#line keys", "key modules", "software", "#entries"),
        (_as_row(model, release) for model in all_models()),
        caption="entries: parameters in a full report, those inside comments included",
    )


def _entries(model: PhoneModel, release: FirmwareRelease) -> int:
    return len(parameter_set(model, release).reported)


def _as_row(model: PhoneModel, release: FirmwareRelease) -> tuple[str, ...]:
    modules = f"{model.kem_units} with {model.kem_keys} keys" if model.kem_units else ""
    return (
        model.model,
        model.product_name,
        str(model.lines),
        str(model.line_keys),
        modules,
        model.software_version(release),
        f"{_entries(model, release):,}",
    )


def _as_record(model: PhoneModel, release: FirmwareRelease) -> dict[str, object]:
    return {
        **asdict(model),
        "software_version": model.software_version(release),
        "user_agent": f"{model.version(release)} ({{mac}})",
        "entries": _entries(model, release),
    }
