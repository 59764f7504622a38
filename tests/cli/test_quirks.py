import json

import pytest
import typer
from typer.testing import CliRunner

from mppsim.cli.quirks import quirks
from mppsim.errors import CatalogueError

app = typer.Typer()
app.command()(quirks)


def run(*arguments):
    return CliRunner().invoke(app, arguments, catch_exceptions=False).output


def test_table_has_every_field_with_its_source_and_certainty():
    table = run()

    assert "mpp-12.0: MPP firmware 12.0(7)" in table
    assert "debounce|batch" in table
    assert "documented, contradicted" in table
    assert "spa-7" in table


def test_records_hold_value_source_and_how_sure():
    records = {record["name"]: record for record in json.loads(run("--json"))}

    assert len(records) == 13
    assert records["boot_seconds"] == {
        "name": "boot_seconds",
        "value": "0",
        "allowed": "seconds, 0 or more",
        "source": "no document: a real phone needs a minute or two, a test has no use for it",
        "sure": "unknown",
    }


def test_release_chooses_the_values():
    records = json.loads(run("--firmware", "mpp-11.2", "--json"))

    assert {r["name"]: r["value"] for r in records}["periodic_max"] == "2592000"


def test_unknown_release_is_an_error():
    with pytest.raises(CatalogueError, match="try mpp-11"):
        run("--firmware", "mpp-11")
