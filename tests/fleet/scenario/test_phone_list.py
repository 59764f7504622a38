from pathlib import Path

import pytest

from mppsim.fleet.scenario import phone_list
from mppsim.fleet.scenario.fault_list import FaultList
from mppsim.fleet.scenario.phone_list import PhoneTable, read_phones


def table(body: bytes) -> tuple[PhoneTable, list[str]]:
    faults = FaultList(Path("s.yaml"), None)
    return read_phones(body, "p.csv", faults), list(faults.lines())


@pytest.mark.parametrize(
    "body",
    [
        b'mac,ip,model,GPP_A\n00:56:2B:00:00:01,10.0.0.1,8851,"a, b"\n',
        b"\xef\xbb\xbfMAC;IP;Model;GPP_A\r\n00562b000001;10.0.0.1;8851;a, b\r\n\r\n",
        b'GPP_A,model , ip,mac\n "a, b",8851,10.0.0.1,0056.2b00.0001\n;;;\n'.replace(
            b' "', b'"'
        ).replace(b";;;", b",,,"),
    ],
)
def test_phones_are_read_however_the_file_was_written(body: bytes) -> None:
    phones, faults = table(body)

    assert faults == []
    (row,) = phones.rows
    assert (row.line, row.mac, row.ip, row.model) == (2, 0x00562B000001, 0x0A000001, "8851")
    assert (row.firmware, row.serial, row.settings) == ("", "", (("GPP_A", "a, b"),))
    assert phones.names == ("GPP_A",)
    assert phones.has_addresses


def test_file_without_addresses_says_so() -> None:
    phones, _ = table(b"mac,serial\n00562b000001,FCH1\n")

    assert not phones.has_addresses
    assert phones.rows[0].serial == "FCH1"


def test_empty_cell_says_nothing() -> None:
    phones, _ = table(b"mac,GPP_A,GPP_B\n00562b000001,,x\n")

    assert phones.rows[0].settings == (("GPP_B", "x"),)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", ["p.csv:1: its first line names columns"]),
        (b"ip,GPP_A\n", ["p.csv:1: a column is named mac; there are ip, GPP_A"]),
        (
            b"mac,,mac\n",
            ["p.csv:1: column 2 has no name", "p.csv:1: two columns are named mac: remove one"],
        ),
        (b"mac\n", ["p.csv:1: there is no phone in it"]),
        (b"mac,ip\n1,2,3\n", ["p.csv:2: 3 cells; the first line has 2"]),
        (
            b"mac,ip\nxx,10.0.0.1\n00562b000001,10.0.0\n",
            [
                "p.csv:2: 'xx' is no MAC address; write it like 00:56:2B:0A:FF:43",
                "p.csv:3: '10.0.0' is no IPv4 address; write it like 127.20.0.1",
            ],
        ),
        (b"mac\n\xff\n", ["p.csv:2: octets that are not UTF-8: save the file as UTF-8"]),
        (
            b'mac,"\n' + b"x" * 200_000,
            ["p.csv:2: this is no CSV: field larger than field limit (131072)"],
        ),
    ],
)
def test_fault_has_the_files_own_line(body: bytes, expected: list[str]) -> None:
    assert table(body)[1] == expected


def test_length_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phone_list, "_LIMIT", 3)

    assert table(b"mac\n")[1] == ["p.csv:1: 4 bytes; at most 3 are read"]


def test_line_counts_those_within_quotes() -> None:
    _, faults = table(b'mac,GPP_A\n00562b000001,"a\nb"\nxx,c\n')

    assert faults == ["p.csv:4: 'xx' is no MAC address; write it like 00:56:2B:0A:FF:43"]
