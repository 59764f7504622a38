"""`mppsim certs`, from its arguments to the folder."""

from pathlib import Path

import pytest
import typer

from mppsim.cli.certs import certs
from mppsim.core.catalogue import find_model
from mppsim.core.identity import make_identity
from mppsim.errors import CatalogueError, StartError
from mppsim.net.certificates import (
    Issued,
    is_certificate_of,
    read_authority,
    read_certificate_mac,
)


def run(*arguments: str) -> None:
    """Run the command as `mppsim certs` does; errors come out as exceptions."""
    app = typer.Typer()
    app.command()(certs)
    app(args=list(arguments), standalone_mode=False)


def phones_in(folder: Path) -> list[str]:
    files = sorted((folder / "phones").iterdir())
    assert [read_certificate_mac(file) for file in files] == [file.stem for file in files]
    return [file.stem for file in files]


def test_folder_alone_is_enough(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "certs"

    run(str(folder))

    assert capsys.readouterr().out.splitlines() == [
        f"made {folder}/ca.pem",
        f"made {folder}/server.pem",
        f"made {folder}/phones/00562b000001.pem",
    ]
    assert phones_in(folder) == ["00562b000001"]


def test_what_is_there_is_said_to_be_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(str(tmp_path))
    capsys.readouterr()

    run(str(tmp_path), "--count", "2")

    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [
        "kept",
        "kept",
        "kept",
        "made",
    ]


@pytest.mark.parametrize(
    ("arguments", "macs"),
    [
        (("--count", "3"), ["00562b000001", "00562b000002", "00562b000003"]),
        (("--count", "0"), []),
        (("--mac", "00:56:2B:0A:FF:FF", "--count", "2"), ["00562b0affff", "00562b0b0000"]),
        (("--mac", "000000000001", "--mac", "0000.0000.0009"), ["000000000001", "000000000009"]),
        (("--mac", "ffffffffffff"), ["ffffffffffff"]),
    ],
)
def test_phones_are_those_that_were_asked_for(
    tmp_path: Path, arguments: tuple[str, ...], macs: list[str]
) -> None:
    run(str(tmp_path), *arguments)

    assert phones_in(tmp_path) == macs


def test_every_option_reaches_the_folder(tmp_path: Path) -> None:
    run(str(tmp_path), "--ca-name", "Acme CA", "--model", "7841")
    before = (tmp_path / "server.pem").read_bytes()

    run(str(tmp_path), "--host", "reports.example", "--host", "[::1]", "--force", "--model", "7841")

    authority = read_authority(
        Issued((tmp_path / "ca.pem").read_bytes(), (tmp_path / "ca.key").read_bytes())
    )
    assert authority.name == "Acme CA"
    assert (tmp_path / "server.pem").read_bytes() != before
    (phone,) = phones_in(tmp_path)
    certificate = (tmp_path / "phones" / f"{phone}.pem").read_bytes()
    assert is_certificate_of(make_identity(find_model("7841"), mac=phone), certificate)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("--model", "8852"), CatalogueError),
        (("--mac", "00:11:22:33:44"), typer.BadParameter),
        (("--mac", "ffffffffffff", "--count", "2"), typer.BadParameter),
        (("--mac", "000000000001", "--mac", "000000000009", "--count", "2"), typer.BadParameter),
        (("--count", "-1"), typer.BadParameter),
        (("--count", "many"), typer.BadParameter),
        (("--host", ""), typer.BadParameter),
        (("--host", "https://reports.example"), typer.BadParameter),
        (("--host", "reports.example:443/x"), typer.BadParameter),
        (("--host", "möbel.example"), typer.BadParameter),
        (("--ca-name", "x" * 65), typer.BadParameter),
        (("--ca-name", "a\nb"), typer.BadParameter),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_before_anything_is_made(
    tmp_path: Path, arguments: tuple[str, ...], error: type[Exception]
) -> None:
    with pytest.raises(error):
        run(str(tmp_path / "certs"), *arguments)

    assert not (tmp_path / "certs").exists()


def test_authority_without_its_key_is_an_error_of_the_start(tmp_path: Path) -> None:
    run(str(tmp_path))
    (tmp_path / "ca.key").unlink()

    with pytest.raises(StartError, match=r"ca\.key: No such file"):
        run(str(tmp_path), "--force")
