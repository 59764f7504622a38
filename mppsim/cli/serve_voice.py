"""What `mppsim serve` says: lines for a person, or each event as a line of JSON."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import typer

from mppsim.errors import StartError
from mppsim.server import ServerEvent, ServerSettings
from mppsim.server.events import render_event, render_json_line, render_line

__all__ = ["Voice", "open_voice"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """How `mppsim serve` says what happens."""

    ready: Callable[[str, str], None]
    """Is told the URL, and HOST:PORT of TFTP or nothing."""
    event: Callable[[ServerEvent], None]
    stopped: Callable[[], None]


@contextmanager
def open_voice(events: str | None, settings: ServerSettings) -> Iterator[Voice]:
    """Speak to the terminal, and write JSON to the file that `events` names, or to stdout (`-`).

    A server whose reader is gone ends well. Raise `StartError` for a file that cannot be written.
    """
    try:
        if events is None:
            yield _plain_voice(settings)
        elif events == "-":
            yield _json_voice(sys.stdout)
        else:
            with _create(events) as out:
                yield _both(_json_voice(out), _plain_voice(settings))
    except BrokenPipeError:
        # Whoever read is gone, as `head` goes. The interpreter may not try to say the rest.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _both(one: Voice, other: Voice) -> Voice:
    def ready(url: str, tftp: str) -> None:
        one.ready(url, tftp)
        other.ready(url, tftp)

    def event(happened: ServerEvent) -> None:
        one.event(happened)
        other.event(happened)

    def stopped() -> None:
        one.stopped()
        other.stopped()

    return Voice(ready=ready, event=event, stopped=stopped)


def _create(events: str) -> TextIO:
    try:
        return Path(events).open("w", encoding="utf-8")
    except OSError as error:
        raise StartError(f"{events}: {error.strerror}") from error


def _plain_voice(settings: ServerSettings) -> Voice:
    def greet(url: str, tftp: str) -> None:
        typer.echo(f"listening on {url}")
        if tftp:
            typer.echo(f"listening on tftp://{tftp}")
        typer.echo(f"storing below {settings.directory.resolve()}")
        typer.echo(f"opening {_describe_keys(settings)}")

    return Voice(
        ready=greet,
        event=lambda event: typer.echo(render_line(event)),
        stopped=lambda: typer.echo("stopped"),
    )


def _describe_keys(settings: ServerSettings) -> str:
    count = len(settings.keys)
    known = [f"aes-256-cbc with {count} key{'s' if count > 1 else ''}"] if count else []
    known += ["aes128gcm with an IKM"] if settings.ikm is not None else []
    return " and ".join(known) or "plain reports only: give --key or --ikm for encrypted ones"


def _json_voice(out: TextIO) -> Voice:
    start = time.monotonic()

    def write(fields: dict[str, object]) -> None:
        at = time.monotonic() - start
        out.write(render_json_line(fields, time=datetime.now(UTC), at=at) + "\n")
        out.flush()

    return Voice(
        ready=lambda url, tftp: write({"phone": "", "event": "ready", "http": url, "tftp": tftp}),
        event=lambda event: write(render_event(event)),
        stopped=lambda: write({"phone": "", "event": "stopped"}),
    )
