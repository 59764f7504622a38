from io import BytesIO, TextIOWrapper

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from mppsim.cli.caret import make_printable, point_at
from mppsim.core.secrets import hide_secrets


def terminal(encoding: str) -> TextIOWrapper:
    return TextIOWrapper(BytesIO(), encoding=encoding)


def point(text: str, at: int, encoding: str = "utf-8") -> list[str]:
    return point_at(text, at, stream=terminal(encoding)).split("\n")


@pytest.mark.parametrize(
    ("text", "at", "line", "caret"),
    [
        ("[--delta http://h/x", 0, "[--delta http://h/x", "^"),
        ("[--delta]", 9, "[--delta]", "         ^"),
        ("http://h:8a/x", 10, "http://h:8a/x", "          ^"),
        # wide characters, tabs, line ends, marks without width, what steers a terminal
        ("http://日本/x", 7, "http://日本/x", "       ^"),
        ("http://日本/x", 9, "http://日本/x", "           ^"),
        ("a\tb\r\nc", 5, "a b  c", "     ^"),
        ("e\u0301x", 2, "e\u0301x", " ^"),
        ("a\x1b[31m\u202eb", 7, "a\ufffd[31m\ufffdb", "       ^"),
        ("a\u00a0b\udcffc", 4, "a b\ufffdc", "    ^"),
        # secrets: before the fault, around it, after it
        ("[--key test123]http://h:x/", 23, "[--key ***]http://h:x/", "                   ^"),
        ('[--key "test123]u', 7, "[--key ***", "       ^"),
        ('[--key ab"test123]u', 9, "[--key ***", "       ^"),
        ("[--delta --foo --pwd x]u", 9, "[--delta --foo --pwd ***]u", "         ^"),
        ("", 0, "", "^"),
    ],
)
def test_the_caret_stands_under_the_fault(text: str, at: int, line: str, caret: str) -> None:
    assert point(text, at) == [line, caret]


def test_a_terminal_without_the_characters_gets_others_of_one_cell() -> None:
    assert point("http://日本/x", 9, "ascii") == ["http://??/x", "         ^"]


@pytest.mark.parametrize(
    ("at", "column", "length", "start", "end"),
    [
        (0, 0, 28, "012", "..."),
        (53, 53, 81, "012", "..."),
        (54, 53, 81, "...", "..."),
        (971, 53, 81, "...", "..."),
        (972, 53, 81, "...", "789"),
        (999, 53, 54, "...", "789"),
    ],
)
def test_a_long_text_is_cut_around_the_fault(
    at: int, column: int, length: int, start: str, end: str
) -> None:
    line, caret = point("0123456789" * 100, at)

    assert (len(caret) - 1, len(line), line[:3], line[-3:]) == (column, length, start, end)
    assert line[column] == str(at % 10)


@given(st.text(), st.data())
def test_the_caret_never_leaves_its_line(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))

    line, caret = point(text, at)

    assert caret.strip() == "^"
    assert len(caret) - 1 <= cell_len(line)


@given(st.text(), st.sampled_from(["utf-8", "ascii", "latin-1", "cp1252"]))
def test_what_is_printable_can_be_printed_and_is_as_long(text: str, encoding: str) -> None:
    shown = make_printable(text, terminal(encoding))

    assert len(shown) == len(text)
    assert shown.encode(encoding).decode(encoding) == shown
    assert "\x1b" not in shown


def test_nothing_is_shown_that_is_to_be_hidden() -> None:
    text = '[--key "test123]http://joe:s3cret@h/x'

    line, _ = point(text, 20)

    assert line == hide_secrets(text)
