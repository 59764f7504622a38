import json
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from mppsim.cli.compare import compare
from mppsim.errors import ResultsError, StartError
from mppsim.results.folder import open_folder, render_files
from tests.support.figures import BUSY, reports_of, spread_of
from tests.support.outcomes import PASSED, outcome_of

app = typer.Typer()
app.command()(compare)

SLOWER = outcome_of(
    replace(
        BUSY,
        latency=spread_of(*[0.5] * 999),
        reports=reports_of(990, 10),
        generator=replace(BUSY.generator, rss=600_000_000),
    ),
    "reports.failed == 0",
)


@pytest.fixture
def runs(tmp_path: Path) -> tuple[str, str]:
    for name, outcome in (("monday", PASSED), ("tuesday", SLOWER)):
        open_folder(tmp_path / name).write(render_files(outcome))
    return str(tmp_path / "monday"), str(tmp_path / "tuesday" / "summary.json")


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def row_of(table: str, name: str) -> list[str]:
    rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in table.splitlines()]
    (row,) = [row for row in rows if row[0] == name]
    return row


def test_table_says_what_changed_and_which_side_is_better(runs: tuple[str, str]) -> None:
    table = run(*runs)

    assert row_of(table, "verdict") == ["verdict", "passed", "failed", "", "first"]
    assert row_of(table, "latency.p50")[1:] == ["2 ms", "500 ms", "+2.49e+04 %", "first"]
    assert row_of(table, "reports.failed")[1:] == ["1", "10", "+900 %", "first"]
    assert row_of(table, "reports.bytes")[1:] == ["5.99 MB", "5.94 MB", "-0.901 %", ""]
    assert row_of(table, "generator.rss")[1:] == ["300 MB", "600 MB", "+100 %", "first"]
    assert row_of(table, "reports.failed == 0")[1:] == ["–", "does not hold", "", ""]


def test_changes_as_json_have_all_of_it(runs: tuple[str, str]) -> None:
    rows = {row["name"]: row for row in json.loads(run(*runs, "--json"))}

    assert rows["reports.failed"] == {
        "name": "reports.failed",
        "first": 1,
        "second": 10,
        "better": "first",
        "ratio": 10.0,
    }


def test_run_compared_with_itself_has_not_changed(runs: tuple[str, str]) -> None:
    assert run(runs[0], runs[0]) == "nothing changed\n"
    assert json.loads(run(runs[0], runs[0], "--json")) == []


def test_what_is_no_run_is_refused(runs: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("{}")

    with pytest.raises(ResultsError, match=r"other\.json: is no summary\.json of a run"):
        run(runs[0], str(tmp_path / "other.json"))
    with pytest.raises(StartError, match="nowhere"):
        run(str(tmp_path / "nowhere"), runs[0])
