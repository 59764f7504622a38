import math
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter, ValidationError

from mppsim.fleet.scenario.scalars import (
    Duration,
    Part,
    Period,
    Positive,
    Rate,
    Share,
    Speed,
    Text,
    Value,
)

GOOD: list[tuple[Any, object, object]] = [
    (Duration, "90s", 90.0),
    (Duration, 0, 0.0),
    (Duration, 0.0, 0.0),
    (Period, "20ms", 0.02),
    (Share, "10%", 0.1),
    (Share, 0.3, 0.3),
    (Share, 1, 1.0),
    (Rate, "64 kB/s", 64_000.0),
    (Speed, "max", math.inf),
    (Speed, 60, 60.0),
    (Speed, 0.5, 0.5),
    (Positive, 3, 3.0),
    (Text, "x", "x"),
    (Text, 8851, "8851"),
    (Value, "Yes", "Yes"),
]
BAD: list[tuple[Any, object, str]] = [
    (Duration, 90, "90 has no unit; write 90s, 15m or 1h"),
    (Duration, False, "False has no unit"),
    (Duration, None, "this has no unit"),
    (Duration, "90", "'90' is no duration"),
    (Period, "0s", "a period is longer than nothing"),
    (Period, 0, "a period is longer than nothing"),
    (Share, 30, "30 is no share; write 30%, or a number from 0 to 1"),
    (Share, -0.5, "-0.5 is no share"),
    (Share, True, "True has no unit; write 10%"),
    (Share, "110%", "'110%' is no share"),
    (Rate, 64, "64 has no unit; write 64 kB/s"),
    (Rate, "64", "'64' is no rate"),
    (Speed, "fast", "a speed is a number from 0.001 to 1000000, or max"),
    (Speed, 0, "a speed is"),
    (Speed, True, "a speed is"),
    (Positive, 0, "this is a number above 0"),
    (Positive, True, "this is a number above 0"),
    (Text, True, "valid string"),
    (Text, ["x"], "valid string"),
]


@pytest.mark.parametrize(("kind", "given", "read"), GOOD)
def test_value_is_read_as_people_write_it(kind: Any, given: object, read: object) -> None:
    adapter = TypeAdapter(kind)

    assert adapter.validate_python(given) == read
    Draft202012Validator(adapter.json_schema()).validate(given)


@pytest.mark.parametrize(("kind", "given", "reason"), BAD)
def test_what_is_none_is_refused_with_what_would_be(kind: Any, given: object, reason: str) -> None:
    with pytest.raises(ValidationError) as raised:
        TypeAdapter(kind).validate_python(given)

    assert reason in str(raised.value)


def test_part_takes_no_key_that_it_does_not_know() -> None:
    class Some(Part):
        known: int

    with pytest.raises(ValidationError, match="extra_forbidden"):
        Some.model_validate({"known": 1, "more": 2})
    with pytest.raises(ValidationError, match="int_type"):
        Some.model_validate({"known": "1"})
