"""The directory of a run's results."""

from pathlib import Path

import pytest

from mppsim.errors import ResultsError, StartError
from mppsim.results.folder import FILES, open_folder, read_folder, render_files
from mppsim.results.summary import render_summary
from tests.support.outcomes import BROKEN, PASSED

WRITTEN = ["junit.xml", "report.html", "summary.json", "summary.md"]


def names_in(path: Path) -> list[str]:
    return sorted(entry.name for entry in path.iterdir())


def test_directory_is_made_with_those_above_it(tmp_path: Path) -> None:
    open_folder(tmp_path / "a" / "b").write(render_files(PASSED))

    assert names_in(tmp_path / "a" / "b") == WRITTEN
    assert read_folder(tmp_path / "a" / "b")["verdict"] == "passed"


def test_nothing_is_in_it_before_the_run_is_over(tmp_path: Path) -> None:
    open_folder(tmp_path / "out")

    assert names_in(tmp_path / "out") == []


def test_earlier_run_is_replaced_as_a_whole(tmp_path: Path) -> None:
    open_folder(tmp_path).write(render_files(BROKEN) | {"scenario.yaml": "old"})
    folder = open_folder(tmp_path)
    assert read_folder(tmp_path)["verdict"] == "failed"

    folder.write(render_files(PASSED))

    assert names_in(tmp_path) == WRITTEN
    assert read_folder(tmp_path)["verdict"] == "passed"


def test_what_somebody_put_beside_an_earlier_run_stays(tmp_path: Path) -> None:
    open_folder(tmp_path).write(render_files(BROKEN))
    (tmp_path / "notes.txt").write_text("mine")

    open_folder(tmp_path).write(render_files(PASSED))

    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_events_that_were_written_on_the_way_get_their_name_at_the_end(tmp_path: Path) -> None:
    folder = open_folder(tmp_path)
    folder.partial("events.jsonl").write_text("{}\n")
    assert names_in(tmp_path) == [".events.jsonl.partial"]

    folder.write(render_files(PASSED))

    assert (tmp_path / "events.jsonl").read_text() == "{}\n"
    assert ".events.jsonl.partial" not in names_in(tmp_path)


def test_directory_in_which_a_run_was_killed_is_taken(tmp_path: Path) -> None:
    open_folder(tmp_path).partial("events.jsonl").write_text("{")

    open_folder(tmp_path).write(render_files(PASSED))

    assert read_folder(tmp_path)["verdict"] == "passed"


@pytest.mark.parametrize("name", ["thesis.tex", "report.html", ".bashrc"])
def test_directory_with_other_files_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")

    with pytest.raises(StartError, match="not those of an earlier run"):
        open_folder(tmp_path)

    assert names_in(tmp_path) == [name]


def test_directory_with_a_summary_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "summary.json").write_text('{"total": 5}')

    with pytest.raises(StartError, match="not those of an earlier run"):
        open_folder(tmp_path)


def test_file_in_the_place_of_the_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")

    with pytest.raises(StartError, match="out: File exists; name a directory to write to"):
        open_folder(tmp_path / "out")


def test_file_that_is_no_results_file_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        open_folder(tmp_path).write({"passwd": ""})


def test_files_that_find_no_room_leave_nothing_half_written(tmp_path: Path) -> None:
    folder = open_folder(tmp_path)
    folder.partial("junit.xml").symlink_to("/dev/full")

    with pytest.raises(OSError, match="No space left"):
        folder.write(render_files(PASSED))

    assert names_in(tmp_path) == []


def test_summary_is_found_by_its_directory_and_by_itself(tmp_path: Path) -> None:
    open_folder(tmp_path).write(render_files(PASSED))

    assert read_folder(tmp_path) == read_folder(tmp_path / "summary.json")


def test_summary_under_another_name_is_read(tmp_path: Path) -> None:
    (tmp_path / "monday.json").write_text(render_summary(PASSED))

    assert read_folder(tmp_path / "monday.json")["seed"] == 7


@pytest.mark.parametrize(
    ("name", "body", "error", "sentence"),
    [
        ("", None, StartError, "No such file or directory; name a directory that `mppsim run"),
        ("nowhere", None, StartError, "No such file or directory"),
        ("x.json", b"{}", ResultsError, "x.json: is no summary.json of a run"),
        ("x.bin", b"\xff\xfe", ResultsError, "x.bin: is no summary.json of a run: no text"),
    ],
)
def test_what_is_no_run_is_refused(
    tmp_path: Path, name: str, body: bytes | None, error: type[Exception], sentence: str
) -> None:
    if body is not None:
        (tmp_path / name).write_bytes(body)

    with pytest.raises(error, match=sentence):
        read_folder(tmp_path / name)


def test_files_are_all_known() -> None:
    assert set(render_files(PASSED)) < set(FILES)


def test_summary_goes_first_so_that_it_never_stands_beside_what_is_not_its_own(
    tmp_path: Path,
) -> None:
    folder = open_folder(tmp_path)
    folder.write(render_files(BROKEN))
    (tmp_path / "events.jsonl").mkdir()  # it cannot be replaced

    with pytest.raises(OSError, match=r"events\.jsonl"):
        folder.write(render_files(PASSED))

    assert not (tmp_path / "summary.json").exists()
