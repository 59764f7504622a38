"""A server that a run has for itself: `python -m mppsim.server.controlled`.

It is told what to do by lines of JSON on its standard input, answers each with a line on standard
output, and ends when its standard input does: however its run ends, no server is left behind.
The first line is its settings; docs/faults.md, "The embedded server", has them all.
"""

import asyncio
import contextlib
import json
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from mppsim.core.encryption import read_ikm
from mppsim.errors import MppSimError
from mppsim.server.app import ReportServer
from mppsim.server.descriptors import raise_descriptor_limit
from mppsim.server.faults import Fault, FaultKind
from mppsim.server.ledger import ServerLedger
from mppsim.server.settings import AuthScheme, Limits, Login, ServerSettings

__all__ = ["read_settings", "serve_controlled"]

_LONGEST_LINE = 1 << 24
_CANNOT_START = 4
_MOST_CONNECTIONS = 4000
"""Just fewer than wait in the system's queue (`doors.BACKLOG`): however late they are taken, none
is dropped there and tried again seconds later."""
_HOST = "127.0.0.1"
_Answer = Callable[[dict[str, object], bytes], None]
"""Says something, and what is enclosed with it."""


async def serve_controlled(orders: asyncio.StreamReader, answers: BinaryIO) -> None:
    """Serve until `orders` end. Raise `MppSimError` where the first one cannot be followed.

    What was kept goes with the server: nobody else is left to see to it where the run was killed.
    """
    ledger = ServerLedger()
    settings = read_settings(json.loads(await orders.readline()))
    with contextlib.ExitStack() as ending:
        if settings.keeps_bodies:
            ending.callback(shutil.rmtree, settings.directory, ignore_errors=True)
        await _serve(settings, ledger, orders, _writing_to(answers))


async def _serve(
    settings: ServerSettings, ledger: ServerLedger, orders: asyncio.StreamReader, answer: _Answer
) -> None:
    server = ReportServer(settings, ledger.hear)
    url = await server.start()
    try:
        ready = {"http": url, "tftp": server.tftp_address, "connections": server.places}
        answer(ready, b"")
        while line := await orders.readline():
            answer(*await _obey(json.loads(line), server, ledger))
    finally:
        await server.stop()
    answer(_count(ledger), b"")


def read_settings(said: Mapping[str, Any]) -> ServerSettings:
    """Make settings of the first line; raises `EncryptionError` for an IKM that is none."""
    login = None
    if said["user"]:
        scheme = AuthScheme(said["auth"])
        login = Login(user=said["user"], password=said["password"], scheme=scheme)
    directory = said["directory"]
    return ServerSettings(
        host=_HOST,
        port=0,
        tftp_host=_HOST,
        tftp_port=0,
        directory=Path(directory or "."),
        keeps_bodies=directory is not None,
        is_trusting=True,
        keys=tuple(said["keys"]),
        ikm=read_ikm(said["ikm"], "raw") if said["ikm"] else None,
        login=login,
        seed=said["seed"],
        limits=Limits(connections=_MOST_CONNECTIONS),
    )


async def _obey(
    order: Mapping[str, Any], server: ReportServer, ledger: ServerLedger
) -> tuple[dict[str, object], bytes]:
    match order["do"]:
        case "faults":
            await server.set_faults([_read_fault(said) for said in order["faults"]])
            return {}, b""
        case "count":
            return _count(ledger), b""
        case "ledger":
            return _count(ledger), ledger.dump()
    raise MppSimError(f"no such order: {order['do']}")


def _read_fault(said: Mapping[str, Any]) -> Fault:
    return Fault(kind=FaultKind(said["kind"]), value=said["value"], share=said["share"])


def _count(ledger: ServerLedger) -> dict[str, object]:
    return {
        "contents": ledger.contents,
        "bytes": ledger.bytes,
        "unopened": ledger.unopened,
        "turned_away": ledger.turned_away,
        "faults": ledger.faults,
        "full": ledger.full,
    }


def _writing_to(answers: BinaryIO) -> _Answer:
    def answer(said: dict[str, object], enclosed: bytes) -> None:
        line = json.dumps({**said, "enclosed": len(enclosed)}) + "\n"
        # Nobody is there to read it where the run was killed, and then this ends anyway.
        with contextlib.suppress(BrokenPipeError):
            answers.write(line.encode() + enclosed)
            answers.flush()

    return answer


async def _serve_standard_streams() -> None:
    orders = asyncio.StreamReader(limit=_LONGEST_LINE)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(orders), sys.stdin
    )
    await serve_controlled(orders, sys.stdout.buffer)


def main() -> None:
    """Be the process; exit code 4 and a line on standard error where it cannot start."""
    raise_descriptor_limit()
    try:
        asyncio.run(_serve_standard_streams())
    except MppSimError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(_CANNOT_START)


if __name__ == "__main__":
    main()
