"""What is made, what is kept, and what is never overwritten."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mppsim.core.catalogue import find_model
from mppsim.core.identity import make_identity
from mppsim.errors import StartError
from mppsim.net.certificate_folder import CertificateOrder, fill_folder
from mppsim.net.certificates import Issued, read_authority
from tests.support.certificate_folders import make_folder

NOW = datetime(2024, 8, 13, 12, tzinfo=UTC)
MACS = ("00562b000001", "00562b000002")


def order(
    *macs: str, hosts: tuple[str, ...] = (), ca_name: str = "", is_forced: bool = False
) -> CertificateOrder:
    model = find_model("8851")
    phones = tuple(make_identity(model, mac=mac) for mac in macs)
    return CertificateOrder(phones=phones, hosts=hosts, ca_name=ca_name, is_forced=is_forced)


def fill(folder: Path, wanted: CertificateOrder, now: datetime = NOW) -> list[tuple[str, bool]]:
    return [
        (str(filed.file.relative_to(folder)), filed.is_new)
        for filed in fill_folder(folder, wanted, now=now)
    ]


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_new_folder_gets_an_authority_a_server_and_phones(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "certs"

    told = fill(folder, order(*MACS))

    assert told == [
        ("ca.pem", True),
        ("server.pem", True),
        ("phones/00562b000001.pem", True),
        ("phones/00562b000002.pem", True),
    ]
    assert sorted(contents(folder)) == [
        "ca.key",
        "ca.pem",
        "phones/00562b000001.pem",
        "phones/00562b000002.pem",
        "server.key",
        "server.pem",
    ]


def test_nobody_else_can_read_a_key(tmp_path: Path) -> None:
    fill(tmp_path, order(*MACS))

    for name, body in contents(tmp_path).items():
        is_open = (tmp_path / name).stat().st_mode & 0o077
        assert not (b"PRIVATE KEY" in body and is_open), name


def test_phones_are_added_and_what_was_there_stays_as_it_was(tmp_path: Path) -> None:
    fill(tmp_path, order(MACS[0]))
    before = contents(tmp_path)

    told = fill(tmp_path, order(*MACS))

    assert [is_new for _, is_new in told] == [False, False, False, True]
    after = contents(tmp_path)
    assert after.keys() - before.keys() == {"phones/00562b000002.pem"}
    assert {name: after[name] for name in before} == before


def test_force_makes_all_anew_but_the_authority(tmp_path: Path) -> None:
    fill(tmp_path, order(*MACS))
    before = contents(tmp_path)

    told = fill(tmp_path, order(MACS[0], hosts=("reports.example",), is_forced=True))

    assert [is_new for _, is_new in told] == [False, True, True]
    after = contents(tmp_path)
    assert {name for name in after if after[name] == before[name]} == {
        "ca.pem",
        "ca.key",
        "phones/00562b000002.pem",
    }


def test_authority_has_the_name_that_it_was_given(tmp_path: Path) -> None:
    fill(tmp_path, order(ca_name="Acme CA"))

    told = fill(tmp_path, order(ca_name="Acme CA"))

    assert told[0] == ("ca.pem", False)
    kept = Issued((tmp_path / "ca.pem").read_bytes(), (tmp_path / "ca.key").read_bytes())
    assert read_authority(kept).name == "Acme CA"


def lose(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def spoil(name: str) -> Callable[[Path], None]:
    def overwrite(folder: Path) -> None:
        (folder / name).write_text("spoilt")

    return overwrite


def take_from_a_stranger(name: str) -> Callable[[Path], None]:
    def swap(folder: Path) -> None:
        stranger = make_folder(folder.parent / "stranger", MACS[0])
        (folder / name).write_bytes((stranger.path / name).read_bytes())

    return swap


@pytest.mark.parametrize(
    ("happens", "wanted", "reason"),
    [
        (lose("ca.key"), order(), r"ca\.key: No such file"),
        (lose("ca.pem"), order(is_forced=True), r"ca\.pem: No such file"),
        (spoil("ca.key"), order(is_forced=True), "no authority's certificate and key"),
        (take_from_a_stranger("ca.key"), order(), "no authority's certificate and key"),
        (lose("server.key"), order(), r"server\.key: No such file"),
        (take_from_a_stranger("server.pem"), order(), r"server\.pem is not of .*--force"),
        (spoil(f"phones/{MACS[0]}.pem"), order(MACS[0]), "is not of 'mppsim test CA'; --force"),
        (take_from_a_stranger(f"phones/{MACS[0]}.pem"), order(MACS[0]), "is not of"),
        (lambda _: None, order(hosts=("reports.example",)), "--force makes it anew"),
        (lambda _: None, order(ca_name="other"), "another authority needs another folder"),
    ],
)
def test_what_does_not_belong_together_is_told_and_left_alone(
    tmp_path: Path, happens: Callable[[Path], None], wanted: CertificateOrder, reason: str
) -> None:
    folder = tmp_path / "certs"
    fill(folder, order(MACS[0]))
    happens(folder)
    before = contents(folder)

    with pytest.raises(StartError, match=reason):
        fill(folder, wanted)

    assert contents(folder) == before


def test_phone_of_another_model_does_not_take_its_certificate(tmp_path: Path) -> None:
    fill(tmp_path, order(MACS[0]))
    other = replace(order(), phones=(make_identity(find_model("7841"), mac=MACS[0]),))

    with pytest.raises(StartError, match="another phone's; --force"):
        fill(tmp_path, other)
    told = fill(tmp_path, replace(other, is_forced=True))

    assert told[-1] == (f"phones/{MACS[0]}.pem", True)


@pytest.mark.parametrize("name", ["server.key", f"phones/{MACS[0]}.pem"])
def test_force_mends_what_an_authority_can_issue_again(tmp_path: Path, name: str) -> None:
    fill(tmp_path, order(MACS[0]))
    spoil(name)(tmp_path)

    fill(tmp_path, order(MACS[0], is_forced=True))

    assert b"PRIVATE KEY" in (tmp_path / name).read_bytes()


def test_authority_that_has_expired_issues_nothing(tmp_path: Path) -> None:
    fill(tmp_path, order())

    with pytest.raises(StartError, match="expired"):
        fill(tmp_path, order(MACS[0]), now=NOW + timedelta(days=3653))


def test_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "certs").write_text("")

    with pytest.raises(StartError, match=f"{tmp_path / 'certs'}"):
        fill(tmp_path / "certs", order())


def test_draft_that_a_crash_left_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / ".ca.key.new").write_text("half")

    fill(tmp_path, order())

    assert not (tmp_path / ".ca.key.new").exists()
