import io
import json
import sys
from pathlib import Path

import pytest

from mppsim.cli.serve_voice import open_voice
from mppsim.errors import StartError
from mppsim.server import Received, ServerSettings

RECEIVED = Received(
    method="PUT",
    path="/a.xml",
    phone="00562b000001",
    content="delta",
    encryption="none",
    bytes=44,
    sha256="00",
    status=201,
)


def speak(events: str | None, settings: ServerSettings | None = None, *, tftp: str = "") -> None:
    with open_voice(events, settings or ServerSettings()) as voice:
        voice.ready("http://127.0.0.1:8000", tftp)
        voice.event(RECEIVED)
        voice.stopped()


def test_person_is_told_where_it_listens_where_it_stores_and_what_it_opens(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    speak(None, ServerSettings(directory=tmp_path, keys=("a",), ikm=b"b"))

    assert capsys.readouterr().out.splitlines() == [
        "listening on http://127.0.0.1:8000",
        f"storing below {tmp_path}",
        "opening aes-256-cbc with 1 key and aes128gcm with an IKM",
        "PUT /a.xml delta 44 bytes 201 from 00562b000001",
        "stopped",
    ]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (ServerSettings(), "opening plain reports only: give --key or --ikm for encrypted ones"),
        (ServerSettings(keys=("a", "b")), "opening aes-256-cbc with 2 keys"),
        (ServerSettings(ikm=b"b"), "opening aes128gcm with an IKM"),
    ],
)
def test_person_is_told_what_is_opened(
    capsys: pytest.CaptureFixture[str], settings: ServerSettings, says: str
) -> None:
    speak(None, settings)

    assert capsys.readouterr().out.splitlines()[2] == says


def test_person_is_told_where_it_takes_tftp(capsys: pytest.CaptureFixture[str]) -> None:
    speak(None, tftp="127.0.0.1:69")

    assert capsys.readouterr().out.splitlines()[1] == "listening on tftp://127.0.0.1:69"


def test_programs_are_told_where_it_takes_tftp(capsys: pytest.CaptureFixture[str]) -> None:
    speak("-", tftp="127.0.0.1:69")

    assert read(capsys.readouterr().out)[0]["tftp"] == "127.0.0.1:69"


def read(lines: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in lines.splitlines()]


def check(events: list[dict[str, object]]) -> None:
    assert [event["event"] for event in events] == ["ready", "received", "stopped"]
    assert all(list(event)[:4] == ["time", "at", "phone", "event"] for event in events)
    assert events[0]["http"] == "http://127.0.0.1:8000"
    assert (events[1]["phone"], events[0]["phone"]) == ("00562b000001", "")


def test_events_go_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    speak("-")

    check(read(capsys.readouterr().out))


def test_events_go_to_a_file_and_their_lines_to_the_terminal(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    speak(str(tmp_path / "events.jsonl"))

    check(read((tmp_path / "events.jsonl").read_text()))
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("listening on")
    assert said[-1] == "stopped"


def test_file_that_cannot_be_written_is_an_error_of_the_start(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="No such file"):
        speak(str(tmp_path / "nowhere" / "events.jsonl"))


def test_reader_that_is_gone_ends_the_voice_without_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Gone(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError

    with (tmp_path / "stdout").open("w") as real:
        gone = Gone()
        gone.fileno = real.fileno  # type: ignore[method-assign]
        monkeypatch.setattr(sys, "stdout", gone)
        speak("-")
