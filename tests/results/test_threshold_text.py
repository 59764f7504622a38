"""The words of a threshold."""

import pytest

from mppsim.errors import ThresholdError
from mppsim.results.threshold_text import Quantity, Reader


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("reports.failed", ("reports", "failed")),
        ("latency.p99.9 <", ("latency", "p99.9")),
        ("groups.lobby.phones", ("groups", "lobby", "phones")),
        ('groups."2nd. floor=3".phones', ("groups", "2nd. floor=3", "phones")),
        ("reports.failures.status-503==0", ("reports", "failures", "status-503")),
        ("a/b", ("a",)),
    ],
)
def test_name_has_parts(text: str, parts: tuple[str, ...]) -> None:
    assert Reader(text).take_name() == parts


@pytest.mark.parametrize(
    ("text", "quantity", "value"),
    [
        ("0", Quantity(0.0), 0.0),
        ("250ms", Quantity(250.0, "ms"), 0.25),
        ("250 ms", Quantity(250.0, "ms"), 0.25),
        ("10us", Quantity(10.0, "us"), 0.00001),
        ("10µs", Quantity(10.0, "µs"), 0.00001),
        ("1.5m", Quantity(1.5, "m"), 90.0),
        ("2h", Quantity(2.0, "h"), 7200.0),
        ("0.1%", Quantity(0.1, "%"), 0.001),
        (".5", Quantity(0.5), 0.5),
        ("5.", Quantity(5.0), 5.0),
        ("1e6", Quantity(1e6), 1e6),
        ("2GB", Quantity(2.0, "GB"), 2e9),
        ("2GiB", Quantity(2.0, "GiB"), 2.0**31),
        ("900/s", Quantity(900.0, "", True), 900.0),
        ("5 MB/s", Quantity(5.0, "MB", True), 5e6),
        ("3 after", Quantity(3.0), 3.0),
        ("3 parsecs", Quantity(3.0), 3.0),
        ("3 abort", Quantity(3.0), 3.0),
    ],
)
def test_quantity_is_a_number_with_a_unit(text: str, quantity: Quantity, value: float) -> None:
    taken = Reader(text).take_quantity()

    assert (taken, taken.value) == (quantity, value)
    assert Reader(str(taken)).take_quantity() == taken


@pytest.mark.parametrize(
    ("text", "taken", "sentence"),
    [
        ("", "name", "column 1: the name of a figure is missing"),
        ("  < 5", "name", "column 3: the name of a figure is missing"),
        ("...", "name", "column 1: the name of a figure is missing"),
        ("", "sign", "column 1: a comparison is missing here: give one of =="),
        ("= 5", "sign", "column 1: a comparison is missing here: write == for equal"),
        ("~ 5", "sign", "column 1: a comparison is missing here: give one of =="),
        ("x", "quantity", "column 1: a number is missing here"),
        ("1e999", "quantity", "column 1: 1e999 is more than can be"),
        ("-5", "quantity", "column 1: a number is missing here"),
        ("5parsecs", "quantity", "column 2: there is no unit parsecs: % us"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_column(text: str, taken: str, sentence: str) -> None:
    with pytest.raises(ThresholdError) as caught:
        getattr(Reader(text), f"take_{taken}")()

    assert str(caught.value).startswith(sentence)


def test_reader_is_done_behind_the_last_space() -> None:
    reader = Reader(" after 60s ")

    assert (reader.take("abort"), reader.take("after"), reader.is_done) == (False, True, False)
    assert reader.take_quantity() == Quantity(60.0, "s")
    assert reader.is_done
    assert reader.take_word() == ""
