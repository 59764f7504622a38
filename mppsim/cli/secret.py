"""Reads what should not stand in a command line, where every process can see it."""

from pathlib import Path

import typer

from mppsim.core.encryption import read_ikm
from mppsim.errors import EncryptionError, StartError

__all__ = ["read_ikm_option", "read_secret"]


def read_secret(text: str) -> str:
    """Give an option's value; `@FILE` stands for the content of a file.

    One line end at the file's end is not part of the value. Raise `StartError` for a file that
    cannot be read.
    """
    if not text.startswith("@"):
        return text
    try:
        content = Path(text[1:]).read_bytes().decode("utf-8", "surrogateescape")
    except OSError as error:
        raise StartError(f"{text[1:]}: {error.strerror}") from error
    return content.removesuffix("\n").removesuffix("\r")


def read_ikm_option(text: str, encoding: str) -> bytes:
    """Give the octets of `--ikm`; raise `typer.BadParameter` for what is not so encoded."""
    try:
        return read_ikm(read_secret(text), encoding)
    except EncryptionError as error:
        raise typer.BadParameter(f"--ikm: {error}") from error
