"""Know every phone model: what its label says, what it has, what its software is called.

Source: `mppsim/data/models.csv`, whose rows name their own sources.
"""

import csv
import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import StringIO

from mppsim.core.firmware import FirmwareRelease
from mppsim.errors import CatalogueError

__all__ = ["DEFAULT_MODEL", "PhoneModel", "find_model", "models", "read_rows"]

DEFAULT_MODEL = "8851"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneModel:
    """A model: what its label says, what it has, what its software is called."""

    model: str
    """The number people say: 8851."""
    family: str
    product_name: str
    """`$PN`: CP-8851-3PCC."""
    psn: str
    lines: int
    """Extension blocks, Ext 1 to Ext n."""
    line_keys: int
    kem_units: int
    """Key expansion modules that it takes."""
    kem_keys: int
    """Keys of one module."""
    firmware_prefix: str
    firmware_examples: tuple[str, ...]
    http_user_agent: str
    """As the newest firmware sends it, `{mac}` for the 12 hex digits."""
    sip_user_agent: str
    vendor_class: str
    """DHCP option 60."""
    mac_ouis: tuple[str, ...]
    """The first six hex digits of its MAC addresses, upper case."""
    hardware_version: str
    wifi: bool
    bluetooth: bool
    video: bool
    note: str

    @property
    def is_phoneos(self) -> bool:
        """Say whether it runs PhoneOS, which came after MPP 12.0 and counts its own versions."""
        return self.firmware_prefix == "PHONEOS"

    def version(self, release: FirmwareRelease) -> str:
        """Return `$VERSION`: Cisco-CP-8851-3PCC/12.0.7."""
        if self.is_phoneos and not self._is_own(release):
            return self.sip_user_agent
        return f"Cisco-{self.product_name}/{release.label}"

    def software_version(self, release: FirmwareRelease) -> str:
        """Return `$SWVER`, the name of the firmware load: sip88xx.12-0-7MPP0201-66."""
        if self._is_own(release):
            return release.load
        wanted = self.sip_user_agent.rpartition("/")[2] if self.is_phoneos else release.label
        start = f"{self.firmware_prefix}.{wanted.replace('.', '-')}"
        known = [load for load in self.firmware_examples if re.match(rf"{start}(?!\d)", load)]
        return known[-1] if known else f"{self.firmware_prefix}.{release.load}"

    def _is_own(self, release: FirmwareRelease) -> bool:
        """Say whether a phone of this model was upgraded to exactly that load."""
        return release.load.startswith(f"{self.firmware_prefix}.")


def models() -> tuple[PhoneModel, ...]:
    """Return every model, in the order of its number's family."""
    return tuple(_models().values())


def find_model(name: str) -> PhoneModel:
    """Return the model of that number or product name: 8851, CP-8851 or CP-8851-3PCC.

    Raises `CatalogueError` naming the near ones.
    """
    known, number = _models(), _NAME.sub(r"\1", name.strip().upper())
    if number in known:
        return known[number]
    near = difflib.get_close_matches(number, known, n=3, cutoff=0.5) or list(known)
    raise CatalogueError(f"no phone model {name!r}: try {', '.join(near)}")


_NAME = re.compile(r"(?:CP-|DP-)?([0-9]+)(?:-3PCC)?")


def read_rows(name: str) -> tuple[Mapping[str, str], ...]:
    """Return the rows of `mppsim/data/<name>.csv`, each by its column names."""
    text = files("mppsim").joinpath(f"data/{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(StringIO(text, newline="")))


@cache
def _models() -> Mapping[str, PhoneModel]:
    return {row["model"]: _model(row) for row in read_rows("models")}


def _model(row: Mapping[str, str]) -> PhoneModel:
    return PhoneModel(
        model=row["model"],
        family=row["family"],
        product_name=row["product_name"],
        psn=row["psn"],
        lines=int(row["lines"]),
        line_keys=int(row["line_keys"]),
        kem_units=int(row["kem_units"]),
        kem_keys=int(row["kem_keys"]),
        firmware_prefix=row["firmware_prefix"],
        firmware_examples=tuple(row["firmware_examples"].split("|")),
        http_user_agent=row["http_user_agent"],
        sip_user_agent=row["sip_user_agent"],
        vendor_class=row["vendor_class"],
        mac_ouis=tuple(row["mac_ouis"].split("|")),
        hardware_version=row["hardware_version"],
        wifi=row["wifi"] == "yes",
        bluetooth=row["bluetooth"] == "yes",
        video=row["video"] == "yes",
        note=row["note"],
    )
