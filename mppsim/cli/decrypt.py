"""`mppsim decrypt`: opens what a phone encrypted, as the guide's `openssl enc -d` line does."""

import sys
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mppsim.cli.interrupts import hear_interrupts
from mppsim.cli.secret import read_ikm_option, read_secret
from mppsim.core.encryption import decrypt_ikm, decrypt_key, encrypt_key
from mppsim.errors import EncryptionError, StartError

__all__ = ["IkmEncoding", "decrypt"]

_GZIP = b"\x1f\x8b"


class IkmEncoding(StrEnum):
    """How the text of an IKM stands for its octets."""

    RAW = "raw"
    BASE64URL = "base64url"
    HEX = "hex"


def decrypt(
    file: Annotated[str, typer.Argument(help="An encrypted report; - is standard input.")],
    *,
    key: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="Passphrase of a --key rule; @FILE reads it from a file."),
    ] = None,
    ikm: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="IKM of an aes128gcm body; @FILE reads it from a file."),
    ] = None,
    ikm_encoding: Annotated[IkmEncoding, typer.Option(help="How the IKM is written.")] = (
        IkmEncoding.RAW
    ),
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write here, whole or not at all; else to standard output."
        ),
    ] = None,
) -> None:
    """Open an encrypted report with its key or IKM."""
    if (key is None) == (ikm is None):
        raise typer.BadParameter("give one of --key and --ikm")
    blob = _read(file)
    if key is not None:
        body = _open_with_key(blob, read_secret(key))
    else:
        body = decrypt_ikm(blob, read_ikm_option(ikm or "", ikm_encoding))
        typer.echo("opened: aes128gcm", err=True)
    _write(body, out)


def _open_with_key(blob: bytes, key: str) -> bytes:
    body = decrypt_key(blob, key)
    if not (_is_text(body) or body.startswith(_GZIP)):
        # A wrong key passes the padding's test about once in 128 bodies.
        raise EncryptionError("the key does not open the body: what comes out is no text")
    # Encryption with the same salt gives the same bytes only with the same digest.
    again = encrypt_key(body, key, digest="sha256", random_bytes=lambda _: blob[8:16])
    typer.echo(f"opened: aes-256-cbc, digest {'sha256' if again == blob else 'md5'}", err=True)
    return body


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _read(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise StartError(f"{file}: {error.strerror}") from error


def _write(body: bytes, out: Path | None) -> None:
    if out is None:
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()
        return
    try:
        # Opened, it is a secret: nobody's Ctrl-C leaves it behind under another name.
        with hear_interrupts():
            _write_whole(body, out)
    except OSError as error:
        raise StartError(f"{out}: {error.strerror}") from error


def _write_whole(body: bytes, out: Path) -> None:
    descriptor, beside = tempfile.mkstemp(dir=out.parent, prefix=".mppsim-")
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - Path opens no descriptor
            file.write(body)
        Path(beside).replace(out)
    except BaseException:
        Path(beside).unlink()
        raise
