"""`mppsim phone --state` as a person uses it: started again, refused, and with a full disk."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.support.commands import PATIENCE, Ended, run_command, start_command

PHONE = ("phone", "--sip-port", "0", "--web-port", "0", "--state")


def run_phone(folder: Path, *more: str, keys: str) -> Ended:
    return run_command(*PHONE, str(folder), *more, keys=f"{keys}\nquit\n")


def events_of(told: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in told.splitlines()]


def test_phone_knows_what_it_was_told_when_it_is_started_again(tmp_path: Path) -> None:
    folder = tmp_path / "lobby"
    first = run_phone(folder, keys="set Station_Display_Name=Lobby\nset User_Password=opensesame")
    second = run_phone(folder, keys="show Station_Display_Name\nshow User_Password")

    assert (first.code, second.code) == (0, 0)
    assert "= Station_Display_Name=Lobby\n= User_Password=*************\n" in second.out


def test_what_is_set_at_the_start_wins_over_what_is_remembered(tmp_path: Path) -> None:
    run_phone(tmp_path, "--set", "GPP_A=provisioned", keys="set GPP_A=set\nset GPP_B=set")
    again = run_phone(tmp_path, "--set", "GPP_A=provisioned", keys="show GPP_A\nshow GPP_B")

    assert "= GPP_A=provisioned\n= GPP_B=set\n" in again.out


def test_damaged_file_ends_the_command_in_one_line_and_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "phones.sqlite"
    file.write_bytes(b"GPP_A=1\n" * 100)
    ended = run_phone(tmp_path, keys="")

    assert (ended.code, ended.out) == (4, "")
    assert ended.err == (
        f"mppsim: {file}: is no state file; move it away, or give another --state\n"
    )
    assert file.read_bytes() == b"GPP_A=1\n" * 100


def test_phone_that_cannot_write_confirms_nothing_and_ends_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "phones.sqlite"
    with start_command(*PHONE, str(tmp_path), "--set", "GPP_A=1", "--events", "-") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        begun = [process.stdout.readline() for _ in ("ready", "parameters_changed")]
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            out, err = process.communicate("set GPP_A=2\n", timeout=PATIENCE)

    assert [event["event"] for event in events_of("".join(begun))] == [
        "ready",
        "parameters_changed",
    ]
    assert [event["event"] for event in events_of(out)] == ["stopped"]
    assert process.returncode == 4
    assert err.endswith(f"mppsim: {file}: cannot be written: database is locked\n")
    assert "Traceback" not in err


def test_directory_is_one_command_s_at_a_time(tmp_path: Path) -> None:
    with start_command(*PHONE, str(tmp_path), "--events", "-") as process:
        assert process.stdout is not None
        process.stdout.readline()
        second = run_phone(tmp_path, keys="")
        process.communicate("quit\n", timeout=PATIENCE)

    assert (process.returncode, second.code) == (0, 4)
    assert second.err == (
        f"mppsim: --state {tmp_path}: another mppsim uses it;"
        " end that one, or give another directory\n"
    )
