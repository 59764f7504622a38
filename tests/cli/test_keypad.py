"""The keypad: what each line does, and how lines come in."""

import asyncio
import os
import pty
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mppsim.cli.keypad import KEYS, Keypad, LineReader
from tests.support.phone_desk import Desk
from tests.support.timelines import FULL
from tests.support.turns import turns

LONGEST = 1 << 20
BOOT = "boot_seconds=60"


class Pressed:
    """A phone with its keypad, and what both said."""

    def __init__(self, *quirks: str, **values: str) -> None:
        self.desk = Desk({"Report_Rule": FULL, **values}, running_since=0.0, quirks=quirks)
        self.said: list[str] = []
        self.switched_off = 0
        self._keypad = Keypad(self.desk.phone, say=self.said.append, switch_off=self._switch_off)

    def press(self, *lines: str | bytes) -> "Pressed":
        for line in lines:
            self._keypad.press(line if isinstance(line, bytes) else line.encode())
        return self

    def _switch_off(self) -> None:
        self.switched_off += 1


@pytest.fixture
async def pressed() -> AsyncIterator[Pressed]:
    pressed = Pressed()
    yield pressed
    pressed.desk.timers.close()


NO_KEY = f"! no such key; there are {KEYS}"

# What is pressed, what the keypad says, what the phone tells.
LINES: list[tuple[str | bytes, list[str], list[str]]] = [
    ("set GPP_A=1", [], ["phone set GPP_A"]),
    ("  set   GPP_A = a b \t\r\n", [], ["phone set GPP_A"]),
    ("set\tGPP_A=1", [], ["phone set GPP_A"]),
    ("set gpp_a=1", [], ["warned gpp_a", "phone set GPP_A"]),
    ("set GPP_A=", ["= nothing changed"], []),
    ("set Report_To_Server=Never", [], ["refused Report_To_Server"]),
    ("set No_Such=1", [], ["warned No_Such"]),
    ("set GPP_SA=1", [], ["refused GPP_SA"]),
    ("set Admin_Password hunter2", ["! set: give NAME=VALUE; NAME= sets it empty"], []),
    ("set =1", ["! set: give NAME=VALUE; NAME= sets it empty"], []),
    ("set", ["! set: give NAME=VALUE; NAME= sets it empty"], []),
    ("show Report_Rule", [f"= Report_Rule={FULL}"], []),
    ("show report_rule", [f"= Report_Rule={FULL}"], []),
    ("show GPP_A", ["= GPP_A="], []),
    ("show Admin_Password", ["= Admin_Password="], []),
    ("show", ["! show: give NAME"], []),
    ("restart", [], ["trigger restart", "POST full"]),
    ("restart now", [], ["trigger restart", "POST full"]),
    ("help", [KEYS], []),
    ("", [], []),
    ("   \t ", [], []),
    ("Set GPP_A=1", [NO_KEY], []),
    ("frob the phone", [NO_KEY], []),
    (b"\xff\xfe", [NO_KEY], []),
    (b"set GPP_A=\xff", [], ["phone set GPP_A"]),
    (b"set GPP_A=" + b"x" * LONGEST, ["! a line is too long, and ignored"], []),
    ("é" * (LONGEST // 2) + "x", ["! a line is too long, and ignored"], []),
]


@pytest.mark.parametrize(("line", "said", "told"), LINES, ids=lambda value: repr(value)[:40])
async def test_line_does_what_it_says(
    pressed: Pressed, line: str | bytes, said: list[str], told: list[str]
) -> None:
    pressed.press(line)
    for _ in told:
        await turns(2)

    assert pressed.said == said
    assert pressed.desk.words[: len(told)] == told
    assert pressed.switched_off == 0


async def test_value_may_hold_equals_signs_and_blanks(pressed: Pressed) -> None:
    pressed.press("set Report_Rule=[--delta]http://h/x?a=b c=d")

    assert pressed.desk.phone.parameters["Report_Rule"] == "[--delta]http://h/x?a=b c=d"


async def test_name_that_nobody_knows_is_shown_with_its_like(pressed: Pressed) -> None:
    pressed.press("show Raport_Rule")

    (line,) = pressed.said
    assert line.startswith("! show: no such parameter")
    assert "Report_Rule" in line


@pytest.mark.parametrize("name", ["Admin_Password", "GPP_SA", "Password_1_"])
async def test_password_is_shown_as_asterisks(name: str) -> None:
    pressed = Pressed(**{name: "hunter2"}).press(f"show {name}")

    assert pressed.said == [f"= {name}=*************"]


async def test_menu_shows_product_information(pressed: Pressed) -> None:
    pressed.press("menu")

    assert pressed.said[0] == "Applications > Status > Product Information"
    assert pressed.said[1] == "  Product Name          CP-8851-3PCC"
    assert len(pressed.said) == 6


async def test_menu_leads_to_every_screen_and_says_how_to_set_a_value(pressed: Pressed) -> None:
    pressed.press("menu applications", "menu applications/settings/ringer-volume")

    assert pressed.said == [
        "Applications",
        "  Status                menu applications/status",
        "  Settings              menu applications/settings",
        "Applications > Settings > Ringer Volume",
        "  9",
        "  set Ringer_Volume=VALUE changes it",
    ]


async def test_menu_of_a_screen_that_is_not_there_says_where_to_begin(pressed: Pressed) -> None:
    pressed.press("menu Settings")

    assert pressed.said == ["! menu: no such screen; begin with menu applications"]


async def test_quit_switches_the_phone_off(pressed: Pressed) -> None:
    assert pressed.press("quit").switched_off == 1


async def test_phone_that_is_down_says_so_once_and_does_not_restart_again() -> None:
    pressed = Pressed(BOOT).press("restart", "set GPP_A=1", "restart")

    assert pressed.said == []
    assert pressed.desk.words == ["refused GPP_A"]
    assert pressed.desk.phone.deadline == 60.0
    pressed.desk.timers.close()


# How lines come in.


@contextmanager
def pipe() -> Iterator[tuple[int, Callable[[bytes], object]]]:
    out, into = os.pipe()
    try:
        yield out, lambda data: os.write(into, data)
    finally:
        for descriptor in (out, into):
            os.close(descriptor)


async def test_lines_of_a_pipe_come_whole_whatever_the_pieces() -> None:
    lines: list[bytes] = []
    with pipe() as (out, write):
        reader = LineReader(out, lines.append)
        reader.start()
        heard = []
        for piece in (b"one\ntw", b"o", b"\n\nthree\n", b"half"):
            write(piece)
            await turns(2)
            heard.append(list(lines))
        reader.stop()

    assert heard == [[b"one"], [b"one"], [b"one", b"two", b"", b"three"], heard[2]]


async def test_half_line_at_the_end_is_a_line_and_the_loop_looks_no_more() -> None:
    lines: list[bytes] = []
    out, into = os.pipe()
    reader = LineReader(out, lines.append)
    reader.start()
    os.write(into, b"one\nhalf")
    os.close(into)
    await turns(4)

    assert lines == [b"one", b"half"]
    assert not asyncio.get_running_loop().remove_reader(out)
    reader.stop()
    os.close(out)


async def test_terminal_gives_its_lines_and_may_go_away() -> None:
    lines: list[bytes] = []
    keyboard, screen = pty.openpty()
    reader = LineReader(screen, lines.append)
    reader.start()
    async with asyncio.timeout(5.0):  # the kernel takes its time to carry a key press
        os.write(keyboard, b"menu\n")
        while not lines:
            await turns()
        os.close(keyboard)
        while reader._is_reading:
            await turns()

    assert not asyncio.get_running_loop().remove_reader(screen)
    assert lines == [b"menu", b""]
    os.close(screen)


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"", [b""]),
        (b"one\ntwo\n", [b"one", b"two", b""]),
        (b"one\ntwo", [b"one", b"two"]),
        (b"x" * 200_000 + b"\ny", [b"x" * 200_000, b"y"]),
    ],
    ids=["empty", "two lines", "no line end", "long"],
)
async def test_file_is_read_to_its_end(tmp_path: Path, content: bytes, lines: list[bytes]) -> None:
    (tmp_path / "keys").write_bytes(content)
    heard: list[bytes] = []
    descriptor = os.open(tmp_path / "keys", os.O_RDONLY)
    reader = LineReader(descriptor, heard.append)
    reader.start()
    while reader._is_reading:
        await turns()
    os.close(descriptor)

    assert heard == lines


async def test_folder_has_no_lines(tmp_path: Path) -> None:
    heard: list[bytes] = []
    descriptor = os.open(tmp_path, os.O_RDONLY)
    LineReader(descriptor, heard.append).start()
    await turns(2)
    os.close(descriptor)

    assert heard == [b""]


async def test_endless_file_leaves_the_loop_its_turns() -> None:
    heard: list[bytes] = []
    descriptor = os.open("/dev/zero", os.O_RDONLY)
    reader = LineReader(descriptor, heard.append)
    reader.start()
    await turns(40)
    reader.stop()
    await turns(2)
    os.close(descriptor)

    assert heard == []
    assert len(reader._begun) == LONGEST + 1


async def test_line_that_is_too_long_is_cut_and_the_next_is_heard() -> None:
    heard: list[bytes] = []
    with pipe() as (out, write):
        reader = LineReader(out, heard.append)
        reader.start()
        for _ in range(20):
            write(b"x" * 65_536)
            await turns(2)
        write(b"\nmenu\n")
        await turns(2)
        reader.stop()

    assert [len(line) for line in heard] == [LONGEST + 1, 4]


async def test_no_line_is_heard_after_the_stop() -> None:
    heard: list[bytes] = []

    def take(line: bytes) -> None:
        heard.append(line)
        reader.stop()

    with pipe() as (out, write):
        reader = LineReader(out, take)
        reader.start()
        write(b"quit\nset GPP_A=1\n")
        await turns(4)

    assert heard == [b"quit"]


async def test_pipe_that_has_nothing_yet_is_waited_for() -> None:
    heard: list[bytes] = []
    with pipe() as (out, write):
        os.set_blocking(out, False)
        reader = LineReader(out, heard.append)
        reader.start()
        reader._read()
        write(b"menu\n")
        await turns(2)
        reader.stop()

    assert heard == [b"menu"]
