import pytest

from mppsim.core.local_time import show_time

NOON = 1_723_550_400.0
"""13 August 2024, 12:00:00 UTC."""


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("GMT", "2024-08-13T12:00:00+00:00"),
        ("GMT+05:30", "2024-08-13T17:30:00+05:30"),
        ("GMT-12:00", "2024-08-13T00:00:00-12:00"),
        ("", "2024-08-13T12:00:00+00:00"),
        ("Mars", "2024-08-13T12:00:00+00:00"),
    ],
)
def test_phone_shows_the_time_of_its_zone(zone: str, shown: str) -> None:
    assert show_time(NOON, zone).isoformat() == shown
