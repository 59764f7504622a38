"""`mppsim quirks`: what a firmware release does where documents disagree or are silent."""

from dataclasses import asdict
from typing import Annotated

import typer

from mppsim.cli.listing import print_json, print_table
from mppsim.cli.options import FirmwareOption
from mppsim.core.firmware import DEFAULT_RELEASE, load_release, release_names
from mppsim.core.firmware import quirks as all_quirks

__all__ = ["quirks"]


def quirks(
    firmware: FirmwareOption = DEFAULT_RELEASE,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the behaviour fields of a release: value, what it may be, source, how sure."""
    release = load_release(firmware)
    fields = all_quirks(release)
    if as_json:
        print_json([asdict(field) for field in fields])
        return
    print_table(
        f"{release.name}: {release.note}",
        ("name", "value", "may be", "how sure", "source"),
        ((f.name, f.value, f.allowed, f.sure, f.source) for f in fields),
        caption=f"--quirk NAME=VALUE sets one for a run; releases: {', '.join(release_names())}",
    )
