"""Keep a test authority and what it issued in a folder.

`ca.pem` and `ca.key`, `server.pem` and `server.key`, and `phones/MAC.pem` with certificate and
key in one file. What is there is kept: nothing is overwritten unless that is asked for, and the
authority never, since all that it issued would be worth nothing.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mppsim.core.identity import PhoneIdentity
from mppsim.errors import StartError
from mppsim.net.certificates import (
    Authority,
    Issued,
    is_certificate_of,
    make_authority,
    read_authority,
)

__all__ = ["CA_NAME", "SERVER_HOSTS", "CertificateOrder", "Filed", "fill_folder"]

CA_NAME = "mppsim test CA"
"""The authority's name if none is given."""
SERVER_HOSTS = ("localhost", "127.0.0.1", "::1")
"""The server's names and addresses if none are given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateOrder:
    """What is to be in the folder."""

    phones: tuple[PhoneIdentity, ...]
    hosts: tuple[str, ...] = ()
    """Names and addresses of the server; empty: the usual ones, or what it has already."""
    ca_name: str = ""
    """The authority's common name; empty: the usual one, or what it has already."""
    is_forced: bool = False
    """Make server and phones anew where they are there already."""


@dataclass(frozen=True, slots=True)
class Filed:
    """A certificate in the folder, and whether it was made just now."""

    file: Path
    is_new: bool


def fill_folder(folder: Path, order: CertificateOrder, *, now: datetime) -> Iterator[Filed]:
    """Make what is missing, one certificate after the other; what was there is told as well.

    Raises `StartError` for what is there and is not the authority's, and for what the system
    does not allow; what was made until then stays.
    """
    try:
        (folder / "phones").mkdir(parents=True, exist_ok=True)
        authority, filed = _open_authority(folder, order, now)
        yield filed
        yield _file_server(folder, order, authority, now)
        for phone in order.phones:
            yield _file_phone(folder, phone, order, authority, now)
    except OSError as error:
        raise StartError(f"{error.filename or folder}: {error.strerror}") from error


def _open_authority(
    folder: Path, order: CertificateOrder, now: datetime
) -> tuple[Authority, Filed]:
    file, key = folder / "ca.pem", folder / "ca.key"
    if not (file.exists() or key.exists()):
        authority = make_authority(order.ca_name or CA_NAME, now=now)
        _save_pair(file, key, authority.issued)
        return authority, Filed(file, is_new=True)
    try:
        authority = read_authority(Issued(file.read_bytes(), key.read_bytes()))
    except ValueError as error:
        raise StartError(f"{file} and {key} are no authority's certificate and key") from error
    if order.ca_name not in {"", authority.name}:
        raise StartError(f"{file} is {authority.name!r}: another authority needs another folder")
    if authority.certificate.not_valid_after_utc <= now:
        raise StartError(f"{file} has expired: a new authority needs another folder")
    return authority, Filed(file, is_new=False)


def _file_server(
    folder: Path, order: CertificateOrder, authority: Authority, now: datetime
) -> Filed:
    file, key = folder / "server.pem", folder / "server.key"
    if not order.is_forced and (file.exists() or key.exists()):
        if order.hosts:
            raise StartError(f"{file} is there already; --force makes it anew for these hosts")
        key.stat()  # a certificate without its key is of no use
        return _keep(file, authority)
    _save_pair(file, key, authority.issue_server(order.hosts or SERVER_HOSTS, now=now))
    return Filed(file, is_new=True)


def _file_phone(
    folder: Path, phone: PhoneIdentity, order: CertificateOrder, authority: Authority, now: datetime
) -> Filed:
    file = folder / "phones" / f"{phone.mac}.pem"
    if not order.is_forced and file.exists():
        kept = _keep(file, authority)
        if not is_certificate_of(phone, file.read_bytes()):
            # Of the same MAC address, but another model.
            raise StartError(f"{file} is another phone's; --force makes it anew")
        return kept
    issued = authority.issue_phone(phone, now=now)
    _save(file, issued.certificate + issued.key, mode=0o600)
    return Filed(file, is_new=True)


def _keep(file: Path, authority: Authority) -> Filed:
    if not authority.has_issued(file.read_bytes()):
        raise StartError(f"{file} is not of {authority.name!r}; --force makes it anew")
    return Filed(file, is_new=False)


def _save_pair(file: Path, key: Path, issued: Issued) -> None:
    _save(key, issued.key, mode=0o600)
    _save(file, issued.certificate, mode=0o644)


def _save(path: Path, body: bytes, *, mode: int) -> None:
    """Write a file whole or not at all; nobody else can read a key at any moment."""
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out:  # noqa: PTH123 - a descriptor, for its mode
        out.write(body)
    draft.replace(path)
