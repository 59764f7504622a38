"""What is told of a custom CA, and what is not."""

import pytest

from mppsim.core.custom_ca_events import CustomCa, CustomCaEnded


@pytest.mark.parametrize(
    ("ended", "line"),
    [
        (
            CustomCaEnded("http://s/ca.pem", "ok", "Acme CA"),
            "= custom CA from http://s/ca.pem: Acme CA",
        ),
        (
            CustomCaEnded("http://s/ca.pem", "status-404", "file not found"),
            "! custom CA from http://s/ca.pem failed: file not found",
        ),
        (CustomCaEnded("", "rule", "column 1: x"), "! custom CA failed: column 1: x"),
    ],
)
def test_end_of_a_fetch_is_a_line(ended: CustomCaEnded, line: str) -> None:
    assert str(ended) == line


def test_long_certificates_stay_out_of_a_ca_that_is_printed() -> None:
    assert repr(CustomCa("Acme CA", "-----BEGIN")) == "CustomCa(name='Acme CA')"
