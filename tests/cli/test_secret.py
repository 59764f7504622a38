"""Values that should not stand in a command line."""

from pathlib import Path

import pytest

from mppsim.cli.secret import read_secret
from mppsim.errors import StartError


@pytest.mark.parametrize("text", ["test123", "", "a@b", " @x", "key\n"])
def test_plain_value_is_itself(text: str) -> None:
    assert read_secret(text) == text


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"test123", "test123"),
        (b"test123\n", "test123"),
        (b"test123\r\n", "test123"),
        (b"test123\n\n", "test123\n"),
        (b" two words ", " two words "),
        (b"", ""),
        ("schlüssel".encode(), "schlüssel"),
        (b"\xff", "\udcff"),
    ],
)
def test_file_gives_its_content_without_the_last_line_end(
    tmp_path: Path, content: bytes, value: str
) -> None:
    (tmp_path / "key").write_bytes(content)

    assert read_secret(f"@{tmp_path}/key") == value


@pytest.mark.parametrize("name", ["nothing", ""])
def test_file_that_cannot_be_read_is_an_error_of_the_start(tmp_path: Path, name: str) -> None:
    with pytest.raises(StartError):
        read_secret(f"@{tmp_path}/{name}")
