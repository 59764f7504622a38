"""Where `--events` writes."""

import sys
from pathlib import Path

import pytest

from mppsim.cli.events_out import open_events
from mppsim.errors import StartError


def test_nothing_is_written_where_nobody_asked() -> None:
    with open_events(None) as out:
        assert out is None


def test_dash_is_standard_output_and_stays_open() -> None:
    with open_events("-") as out:
        assert out is sys.stdout

    assert not sys.stdout.closed


def test_file_begins_anew_and_is_closed(tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    events.write_text("of another run\n")

    with open_events(str(events)) as out:
        assert out is not None
        out.write("ü\n")

    assert out.closed
    assert events.read_bytes() == "ü\n".encode()


def test_file_is_closed_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), open_events(str(tmp_path / "e")) as out:
        raise ZeroDivisionError

    assert out is not None
    assert out.closed


def test_file_that_is_full_is_named() -> None:
    with open_events("/dev/full") as out:
        assert out is not None
        out.write("more\n")
        with pytest.raises(OSError, match="No space left on device") as caught:
            out.flush()

    assert caught.value.filename == "/dev/full"


@pytest.mark.parametrize(("name", "why"), [("no/such", "No such file"), (".", "Is a directory")])
def test_file_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, why: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StartError, match=rf"^{name}: {why}.*; name a file"), open_events(name):
        pass
