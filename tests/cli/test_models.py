import json

import typer
from typer.testing import CliRunner

from mppsim.cli.models import models

app = typer.Typer()
app.command()(models)


def run(*arguments):
    return CliRunner().invoke(app, arguments, catch_exceptions=False).output


def test_table_has_every_model_with_its_entries():
    table = run()

    assert len([line for line in table.splitlines() if "MPP0" in line or "PHONEOS" in line]) == 21
    line = next(line for line in table.splitlines() if "CP-8851-3PCC" in line)
    assert "2,213" in line
    assert "2 with 28 keys" in line


def test_release_chooses_what_is_counted():
    assert "1,707" in run("--firmware", "mpp-11.2")


def test_records_hold_what_the_label_says():
    records = {record["model"]: record for record in json.loads(run("--json"))}

    assert len(records) == 21
    assert records["8851"]["entries"] == 2213
    assert records["8851"]["user_agent"] == "Cisco-CP-8851-3PCC/12.0.7 ({mac})"
    assert records["8851"]["software_version"] == "sip88xx.12-0-7MPP0201-66"
    assert records["6821"]["lines"] == 2
