import json
import sys

import pytest

from mppsim.cli.listing import print_json, print_table


def test_number_columns_are_set_right_and_others_left(capsys):
    print_table("T", ("name", "#count"), [("a", "7"), ("bb", "10")], caption="two rows")

    printed = capsys.readouterr().out
    assert "│ a    │     7 │" in printed
    assert "│ bb   │    10 │" in printed
    assert printed.splitlines()[0].strip() == "T"
    assert printed.splitlines()[-1].strip() == "two rows"


def test_values_are_no_markup(capsys):
    print_table("T", ("value",), [("[bold]x[/bold]",), ("[--delta]http://h/x",)])

    printed = capsys.readouterr().out
    assert "[bold]x[/bold]" in printed
    assert "[--delta]http://h/x" in printed


@pytest.mark.parametrize("terminal", [False, True])
def test_rows_are_folded_to_a_terminal_only(capsys, monkeypatch, terminal):
    class Screen:
        def __init__(self, stream):
            self.write, self.flush, self.encoding = stream.write, stream.flush, "utf-8"

        def isatty(self):
            return terminal

    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr(sys, "stdout", Screen(sys.stdout))
    print_table("T", ("name", "value"), [("n", "x" * 120)])

    lines = [line for line in capsys.readouterr().out.splitlines() if "x" in line]
    assert (len(lines) > 1) is terminal


def test_json_keeps_letters_as_they_are(capsys):
    print_json([{"name": "Ünï"}])

    printed = capsys.readouterr().out
    assert "Ünï" in printed
    assert json.loads(printed) == [{"name": "Ünï"}]
