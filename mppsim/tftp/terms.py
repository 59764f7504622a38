"""What the two sides of a transfer agree on: block size, time limit, size of the file.

Source: RFC 2347 (how options are agreed on), RFC 2348 (blksize), RFC 2349 (timeout, tsize).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from mppsim.tftp.packet import PacketError

__all__ = ["BLOCK_BYTES", "PLAIN_BLOCK_BYTES", "Terms", "read_answer", "read_offer"]

PLAIN_BLOCK_BYTES = 512
"""RFC 1350: the size of a block where nothing was agreed on."""
BLOCK_BYTES = 1428
"""What we ask for, and agree to at most: over Ethernet it is cut by no IP header and no tunnel."""

_BLOCK_SIZES = range(8, 65465)
_TIMEOUTS = range(1, 256)
_NUMBER = re.compile(r"[0-9]{1,15}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is asked for or agreed on; without options, RFC 1350's own."""

    block_bytes: int = PLAIN_BLOCK_BYTES
    timeout: int | None = None
    """Seconds after which an unanswered packet is sent again; None: each side's own affair."""
    size: int | None = None
    """Bytes of the file; 0 in a request to read, which asks for it; None: it is not told."""

    @property
    def options(self) -> dict[str, str]:
        """The options of a packet that states these terms."""
        options = {}
        if self.block_bytes != PLAIN_BLOCK_BYTES:
            options["blksize"] = str(self.block_bytes)
        if self.timeout is not None:
            options["timeout"] = str(self.timeout)
        if self.size is not None:
            options["tsize"] = str(self.size)
        return options


def read_answer(asked: Terms, options: Mapping[str, str]) -> Terms:
    """Read an OACK as the client that asked; raise `PacketError` for what was not asked for.

    What the server leaves out is not agreed on; a smaller block than asked for is.
    """
    surplus = options.keys() - asked.options.keys()
    if surplus:
        raise PacketError("the server agrees to an option that nobody asked for")
    terms = Terms()
    if "blksize" in options:
        block = _read_number(options["blksize"])
        if block not in _BLOCK_SIZES or block > asked.block_bytes:
            raise PacketError("the server agrees to another block size than was asked for")
        terms = replace(terms, block_bytes=block)
    if "timeout" in options:
        if _read_number(options["timeout"]) != asked.timeout:
            raise PacketError("the server agrees to another timeout than was asked for")
        terms = replace(terms, timeout=asked.timeout)
    if "tsize" in options:
        size = _read_number(options["tsize"])
        if size < 0:
            raise PacketError("the server tells a size that is no number")
        terms = replace(terms, size=size)
    return terms


def read_offer(options: Mapping[str, str]) -> Terms:
    """Read a request's options as the server; what cannot be agreed to is as if it were not there.

    A block of `BLOCK_BYTES` is the largest that is agreed to.
    """
    block = _read_number(options.get("blksize", ""))
    timeout = _read_number(options.get("timeout", ""))
    size = _read_number(options.get("tsize", ""))
    return Terms(
        block_bytes=min(block, BLOCK_BYTES) if block in _BLOCK_SIZES else PLAIN_BLOCK_BYTES,
        timeout=timeout if timeout in _TIMEOUTS else None,
        size=size if size >= 0 else None,
    )


def _read_number(text: str) -> int:
    """Read a number; -1, which no option may be, for what is none."""
    return int(text) if _NUMBER.fullmatch(text) else -1
