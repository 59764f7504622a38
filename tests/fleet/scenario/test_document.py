import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from mppsim.fleet.scenario.document import make_schema
from tests.support.scenarios import read

SCHEMA = make_schema()
WHOLE: dict[str, Any] = {"duration": "1h", "fleet": [{"name": "lobby"}]}


def keys(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    parts = {"scenario": schema, **schema["$defs"]}
    for part, definition in parts.items():
        for key, value in definition.get("properties", {}).items():
            yield f"{part}.{key}", value


def test_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)

    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


@pytest.mark.parametrize(("name", "key"), list(keys(SCHEMA)))
def test_every_key_is_described(name: str, key: dict[str, Any]) -> None:
    assert key["description"][-1] == "."
    assert "title" not in key


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"server": "http://127.0.0.1:8000", "readback": "${url}"},
        {"server": {"embedded": {"key": "x", "faults": [{"down": True, "from": "1s"}]}}},
        {"clock": {"speed": "max"}, "seed": 7, "ports": {"sip": 0, "web": None}},
        {"notify": {"event": "report", "every": "30m", "share": "10%"}},
        {"notify": [{"at": 0, "share": 0.5, "rate": 100}]},
        {"thresholds": ["reports.failed == 0", {"expr": "latency.p99 < 1s", "abort": True}]},
        {"fleet": [{"name": 7, "model": 8851, "set": {"GPP_A": 1, "GPP_B": True, "GPP_C": "x"}}]},
        {"fleet": [{"name": "a", "models": {"8851": 3, "7841": 1.5}, "macs": ["00562b000001"]}]},
        {"fleet": [{"name": "a", "start": {"as": "power_on", "spread": "60s"}}]},
        {"fleet": [{"name": "a", "network": {"latency": "20ms", "upload": "64 kB/s"}}]},
    ],
)
def test_schema_and_form_take_the_same(more: dict[str, Any]) -> None:
    written = {**WHOLE, **more}

    Draft202012Validator(SCHEMA).validate(written)
    assert read(json.dumps(written)).faults.lines() == ()


@pytest.mark.parametrize(
    "more",
    [
        {"sever": "embedded"},
        {"duration": 3600},
        {"duration": "1 hour"},
        {"fleet": []},
        {"fleet": [{"count": 3}]},
        {"fleet": [{"name": "a", "count": 0}]},
        {"fleet": [{"name": "a", "count": "3"}]},
        {"fleet": [{"name": "a", "start": {"as": "on"}}]},
        {"notify": {"share": 30}},
        {"thresholds": "reports.failed == 0"},
        {"server": {"embedded": {"faults": [{"status": "503"}]}}},
        {"clock": {"speed": "fast"}},
        {"seed": -1},
    ],
)
def test_schema_and_form_refuse_the_same(more: dict[str, Any]) -> None:
    written = {**WHOLE, **more}

    assert not Draft202012Validator(SCHEMA).is_valid(written)
    assert read(json.dumps(written)).faults.lines() != ()
