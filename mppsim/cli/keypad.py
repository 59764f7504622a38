"""The keypad of `mppsim phone`: standard input, a line an action."""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress

from mppsim.admin import PRODUCT_INFORMATION, show_screen
from mppsim.errors import MppSimError, ParameterError
from mppsim.net.phone import Phone

__all__ = ["KEYS", "Keypad", "LineReader"]

KEYS = "set NAME=VALUE · show NAME · restart · menu [SCREEN] · quit"

_MASK = "*" * 13
_LONGEST_LINE = 1 << 20  # bytes


class Keypad:
    """Does what a line says; what cannot be done is said in one line and changes nothing."""

    def __init__(
        self, phone: Phone, *, say: Callable[[str], None], switch_off: Callable[[], None]
    ) -> None:
        self._phone = phone
        # What is typed may be a secret in the wrong place, so a fault does not repeat it.
        self._say = say
        self._actions: dict[str, Callable[[str], None]] = {
            "set": self._set,
            "show": self._show,
            "restart": lambda _: phone.restart("User Triggered"),
            "menu": self._menu,
            "quit": lambda _: switch_off(),
            "help": lambda _: say(KEYS),
        }

    def press(self, line: bytes) -> None:
        """Do one action; an empty line is none."""
        if len(line) > _LONGEST_LINE:
            self._say("! a line is too long, and ignored")
            return
        verb, *rest = line.decode("utf-8", "replace").split(maxsplit=1) or ("",)
        action = self._actions.get(verb)
        try:
            if action is not None:
                action("".join(rest).rstrip())
            elif verb:
                self._say(f"! no such key; there are {KEYS}")
        except MppSimError as error:
            self._say(f"! {error}")

    def _set(self, text: str) -> None:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            self._say("! set: give NAME=VALUE; NAME= sets it empty")
            return
        with suppress(ParameterError):  # the phone has told why, as of whatever it refuses
            if not self._phone.submit_changes({name.strip(): value.strip()}):
                self._say("= nothing changed")

    def _show(self, name: str) -> None:
        if not name:
            self._say("! show: give NAME")
            return
        view = self._phone.parameters
        found = view.baseline.parameters.look_up(name)
        if found is None:
            self._say(f"! show: {view.baseline.parameters.why_unknown(name)}")
            return
        parameter = found.parameter
        value = view.value(parameter.index)
        # A phone's own screen shows its Report Rule whole, and never a password.
        shown = _MASK if parameter.is_secret and value else value
        self._say(f"= {parameter.name}={shown}")

    def _menu(self, place: str) -> None:
        screen = show_screen(self._phone, place or PRODUCT_INFORMATION)
        if screen is None:
            self._say("! menu: no such screen; begin with menu applications")
            return
        self._say(screen.trail)
        for row in screen.rows:
            way = f"menu {row.place}" if row.place else ""
            self._say(f"  {row.label:<22}{row.value or way}".rstrip())
        if screen.entry is not None:
            name = screen.entry.control.name
            self._say(f"  {screen.entry.value}".rstrip())
            self._say(f"  set {name}=VALUE changes it")


class LineReader:
    """Hands each line of a descriptor to `take`, in the running loop, until its end.

    A terminal or a pipe is watched. A file cannot be, and need not: it is there to be read. Of a
    line that is too long its beginning is handed over, one byte more than may be.
    """

    def __init__(self, descriptor: int, take: Callable[[bytes], None]) -> None:
        self._descriptor = descriptor
        self._take = take
        self._begun = b""
        self._loop = asyncio.get_running_loop()
        self._is_reading = False
        self._is_watched = False

    def start(self) -> None:
        """Begin to read."""
        self._is_reading = True
        try:
            self._loop.add_reader(self._descriptor, self._read)
            self._is_watched = True
        except PermissionError:
            self._read_on()

    def stop(self) -> None:
        """Read no more, and hand over nothing any more."""
        self._is_reading = False
        if self._is_watched:
            self._is_watched = False
            self._loop.remove_reader(self._descriptor)

    def _read_on(self) -> None:
        if self._is_reading:
            self._read()
            self._loop.call_soon(self._read_on)

    def _read(self) -> None:
        try:
            chunk = os.read(self._descriptor, 65536)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""  # a terminal that went away
        *lines, begun = (self._begun + chunk).split(b"\n")
        self._begun = begun[: _LONGEST_LINE + 1]
        if not chunk:
            lines.append(self._begun)
        for line in lines:
            if self._is_reading:
                self._take(line)
        if not chunk:
            self.stop()
