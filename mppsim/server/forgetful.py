"""Stands in for a directory of reports, and keeps none: for runs that are judged by a ledger."""

from typing import BinaryIO, Protocol

from mppsim.server.refusal import Refused
from mppsim.server.target import Target

__all__ = ["ForgetfulStore", "Store"]


class Store(Protocol):
    """Where reports go; `mppsim.server.storage.ReportStore` is the real one."""

    def put(self, target: Target, body: bytes) -> bool:
        """Keep a report where its path says; tell whether it is new there."""

    def add(self, target: Target, body: bytes) -> Target:
        """Keep one more report of those posted to a path; tell where it is."""

    def open(self, target: Target) -> BinaryIO:
        """Open a stored file for reading; raise `Refused` (404) where there is none."""


class ForgetfulStore:
    """Takes every report and has none of them."""

    def __init__(self) -> None:
        self._count = 0

    def put(self, target: Target, body: bytes) -> bool:
        """Forget a report; it is as good as one that replaced another."""
        return False

    def add(self, target: Target, body: bytes) -> Target:
        """Forget a report; tell where it would be."""
        self._count += 1
        return Target((*target.names, f"{self._count:06d}.xml"), is_directory=False)

    def open(self, target: Target) -> BinaryIO:
        """Say that it is not here."""
        raise Refused(404, "no such file")
