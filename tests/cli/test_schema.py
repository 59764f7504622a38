import json
from pathlib import Path

from tests.support.commands import run_command

COPY = Path(__file__).parents[2] / "docs" / "scenario.schema.json"


def test_schema_is_the_manuals_copy() -> None:
    result = run_command("schema")

    assert json.loads(result.out) == json.loads(COPY.read_text())
