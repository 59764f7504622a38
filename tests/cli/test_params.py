import json

import pytest
import typer
from typer.testing import CliRunner

from mppsim.cli.params import params
from mppsim.errors import CatalogueError, ParameterError

app = typer.Typer()
app.command()(params)


def run(*arguments):
    return CliRunner().invoke(app, arguments, catch_exceptions=False).output


def names(*arguments):
    return [record["name"] for record in json.loads(run(*arguments, "--json"))]


def test_every_parameter_of_the_default_phone_is_listed():
    assert len(names()) == 2218
    assert names()[0] == "Restricted_Access_Domains"


def test_model_and_firmware_choose_the_list():
    assert len(names("--model", "7832", "--firmware", "mpp-11.2")) == 582 + 5


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("report_rule", ["Report_Rule"]),
        ("Report Rule", ["Report_Rule"]),
        ("*_Rule_?", ["Profile_Rule_B", "Profile_Rule_C", "Profile_Rule_D"]),
        ("Upload_", ["Periodic_Upload_To_Server", "Upload_Delay_On_Local_Change"]),
        ("Admin_Passwd", ["Admin_Password"]),
        ("PERIODIC_UPLOAD", ["Periodic_Upload_To_Server"]),
    ],
)
def test_pattern_chooses_by_part_by_wildcard_and_by_alias(pattern, found):
    assert set(found) <= set(names(pattern))
    assert len(names(pattern)) <= 8


def test_record_says_what_there_is_to_know():
    assert json.loads(run("Admin_Password", "--json")) == [
        {
            "name": "Admin_Password",
            "tab": "System",
            "section": "System Configuration",
            "kind": "secret",
            "allowed": "len<=127",
            "default": "",
            "ua": "na",
            "secret": True,
            "report": "comment",
        }
    ]


def test_table_shows_what_is_allowed_in_words():
    table = run("Periodic_Upload", "--firmware", "mpp-11.2")

    assert "a whole number from 600 to 2592000" in table
    assert "CP-8851-3PCC at mpp-11.2" in table
    assert "1 of 1,712 parameters" in table


def test_table_shows_square_brackets_as_they_are():
    assert "[3469]11" in run("Dial_Plan_1_")


def test_table_shows_how_a_report_holds_each():
    assert "as a comment" in run("Admin_Password")
    assert "never" in run("GPP_SA")


def test_pattern_that_fits_nothing_names_near_names():
    with pytest.raises(ParameterError, match="did you mean Report_Rule"):
        run("Report_Ruel")


@pytest.mark.parametrize("arguments", [["--model", "9999"], ["--firmware", "mpp-9"]])
def test_unknown_model_or_release_is_an_error(arguments):
    with pytest.raises(CatalogueError):
        run(*arguments)
