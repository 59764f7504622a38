import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mppsim.core.units import (
    DURATION_PATTERN,
    RATE_PATTERN,
    SHARE_PATTERN,
    read_duration,
    read_rate,
    read_share,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90.0),
        ("15m", 900.0),
        ("1h", 3600.0),
        ("20ms", 0.02),
        ("1.5d", 129600.0),
        ("0s", 0),
    ],
)
def test_duration_is_read_in_seconds(text: str, seconds: float) -> None:
    assert read_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["", "90", "s", "-5s", "1h30m", "5 s", "1e3s", " 5s", "5s\n", "9" * 13 + "s"]
)
def test_what_is_no_duration_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match="write 90s, 15m or 1h"):
        read_duration(text)


@pytest.mark.parametrize(
    ("text", "share"), [("10%", 0.1), ("0%", 0), ("100%", 1), ("0.05%", 0.0005)]
)
def test_share_is_a_part_of_one(text: str, share: float) -> None:
    assert read_share(text) == pytest.approx(share)


@pytest.mark.parametrize("text", ["10", "101%", "-1%", "%", "ten%", "100.1%"])
def test_what_is_no_share_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="write 10%"):
        read_share(text)


@pytest.mark.parametrize(
    ("text", "rate"),
    [("500 B/s", 500), ("64 kB/s", 64_000), ("64kB/s", 64_000), ("1.5 MB/s", 1.5e6)],
)
def test_rate_is_read_in_bytes_a_second(text: str, rate: float) -> None:
    assert read_rate(text) == rate


@pytest.mark.parametrize("text", ["0 B/s", "64 kb/s", "64", "64 kB", "1 GB/s", "-1 B/s"])
def test_what_is_no_rate_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match="write 500 B/s, 64 kB/s or 1 MB/s"):
        read_rate(text)


@pytest.mark.parametrize(
    ("pattern", "read"),
    [(DURATION_PATTERN, read_duration), (SHARE_PATTERN, read_share), (RATE_PATTERN, read_rate)],
)
@example(text="\r0ms")
@given(text=st.from_regex(r"[0-9]{1,3}(\.[0-9])? ?(ms|s|m|h|d|%|[kM]?B/s|x)?\Z"))
def test_patterns_for_json_schema_are_what_is_read(pattern, read, text: str) -> None:
    try:
        read(text)
    except ValueError:
        beyond = re.match(r"0+(\.0)? ?[kM]?B|[1-9][0-9]{2}", text)  # no pattern counts

        assert not re.fullmatch(pattern, text) or beyond
    else:
        assert re.fullmatch(pattern, text)
