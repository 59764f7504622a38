"""What a frozen value is; that nobody sets its fields is mypy's to say."""

from dataclasses import field

import pytest

from mppsim.core.frozen import frozen_value


@frozen_value()
class Place:
    name: str
    key: str = field(default="", repr=False)


@frozen_value(eq=False)
class Moment:
    at: float


@frozen_value(kw_only=True)
class Range:
    low: int
    high: int


def test_values_of_the_same_fields_are_equal_and_hash_alike() -> None:
    assert Place("a", "b") == Place("a", "b") != Place("a", "c")
    assert len({Place("a", "b"), Place("a", "b"), Place("a", "c")}) == 2


def test_value_compared_by_identity_equals_itself_only() -> None:
    moment = Moment(1.0)

    assert moment != Moment(1.0)
    assert len({moment, Moment(1.0)}) == 2


def test_value_has_no_room_for_a_name_that_is_no_field() -> None:
    with pytest.raises(AttributeError):
        Place("a").nmae = "b"


def test_value_with_named_fields_takes_none_by_position() -> None:
    assert Range(low=1, high=2).high == 2
    with pytest.raises(TypeError):
        Range(1, 2)


def test_field_can_be_kept_out_of_what_is_shown() -> None:
    assert "hunter2" not in repr(Place("a", "hunter2"))


def test_match_reads_fields_by_position() -> None:
    match Place("a", "b"):
        case Place(name, key):
            assert (name, key) == ("a", "b")
