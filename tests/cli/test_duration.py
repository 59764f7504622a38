import pytest
import typer

from mppsim.cli.duration import read_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90.0),
        ("15m", 900.0),
        ("1h", 3600.0),
        ("1.5h", 5400.0),
        ("20ms", 0.02),
        ("2d", 172800.0),
    ],
)
def test_duration_is_read_in_seconds(text, seconds):
    assert read_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "90", "s", "-5s", "1h30m", "5 s", "1e3s", "five"])
def test_what_is_no_duration_is_refused_with_examples(text):
    with pytest.raises(typer.BadParameter, match="90s, 15m or 1h"):
        read_duration(text)
