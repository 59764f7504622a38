"""`mppsim decrypt`, from its arguments to its exit code."""

import io
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from mppsim.cli.decrypt import decrypt
from mppsim.core.encryption import encrypt_ikm, encrypt_key
from mppsim.errors import EncryptionError, StartError

REPORT = b"<flat-profile>\n<A>1 & \xc3\xa9</A>\n</flat-profile>\n"

Run = Callable[..., None]


def run(*arguments: str) -> None:
    """Run the command as `mppsim decrypt` does; errors come out as exceptions."""
    app = typer.Typer()
    app.command()(decrypt)
    app(args=list(arguments), standalone_mode=False)


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    path = tmp_path / "report.enc.xml"
    path.write_bytes(encrypt_key(REPORT, "test123", digest="sha256", random_bytes=os.urandom))
    return path


@pytest.mark.parametrize("digest", ["sha256", "md5"])
def test_key_opens_a_report_and_the_digest_that_fitted_is_named(
    sealed: Path, digest: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    sealed.write_bytes(encrypt_key(REPORT, "test123", digest=digest, random_bytes=os.urandom))
    run(str(sealed), "--key", "test123")
    out, err = capfdbinary.readouterr()

    assert out == REPORT
    assert err == f"opened: aes-256-cbc, digest {digest}\n".encode()


@pytest.mark.parametrize(
    ("ikm", "arguments"),
    [
        (b"walrus", ("--ikm", "walrus")),
        (b"walrus", ("--ikm", "d2FscnVz", "--ikm-encoding", "base64url")),
        (b"walrus", ("--ikm", "77616c727573", "--ikm-encoding", "hex")),
    ],
)
def test_ikm_opens_a_report(
    sealed: Path, ikm: bytes, arguments: tuple[str, ...], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    sealed.write_bytes(encrypt_ikm(REPORT, ikm, random_bytes=os.urandom))
    run(str(sealed), *arguments)

    assert capfdbinary.readouterr() == (REPORT, b"opened: aes128gcm\n")


def test_key_can_come_from_a_file(
    sealed: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    (tmp_path / "key").write_text("test123\n")
    run(str(sealed), "--key", f"@{tmp_path}/key")

    assert capfdbinary.readouterr().out == REPORT


def test_standard_input_is_a_dash(
    sealed: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(sealed.read_bytes())))
    run("-", "--key", "test123")

    assert capfdbinary.readouterr().out == REPORT


def test_report_is_written_to_a_file(
    sealed: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    out = tmp_path / "cfg.xml"
    out.write_bytes(b"old")
    run(str(sealed), "--key", "test123", "--out", str(out))

    assert out.read_bytes() == REPORT
    assert capfdbinary.readouterr().out == b""
    assert {path.name for path in tmp_path.iterdir()} == {"report.enc.xml", "cfg.xml"}


def test_report_can_replace_its_sealed_self(sealed: Path) -> None:
    run(str(sealed), "--key", "test123", "--out", str(sealed))

    assert sealed.read_bytes() == REPORT


@pytest.mark.parametrize(
    "arguments",
    [
        ("--key", "wrong"),
        ("--key", ""),
        ("--ikm", "test123"),
    ],
)
def test_wrong_key_is_refused_and_nothing_is_written(
    sealed: Path,
    tmp_path: Path,
    arguments: tuple[str, ...],
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    out = tmp_path / "cfg.xml"
    with pytest.raises(EncryptionError):
        run(str(sealed), *arguments, "--out", str(out))

    assert not out.exists()
    assert capfdbinary.readouterr().out == b""


def test_ikm_that_is_not_so_encoded_is_wrong_usage(sealed: Path) -> None:
    with pytest.raises(typer.BadParameter, match="--ikm: the IKM is not valid hex"):
        run(str(sealed), "--ikm", "zz", "--ikm-encoding", "hex")


def test_wrong_key_whose_padding_happens_to_fit_is_refused(sealed: Path) -> None:
    for number in range(1000):
        with pytest.raises(EncryptionError):
            run(str(sealed), "--key", f"wrong {number}")


def test_packed_profile_is_no_text_and_opened_all_the_same(
    sealed: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    packed = b"\x1f\x8b\x08\x00\xff\xff"
    sealed.write_bytes(encrypt_key(packed, "k", digest="md5", random_bytes=os.urandom))
    run(str(sealed), "--key", "k")

    assert capfdbinary.readouterr().out == packed


@pytest.mark.parametrize("body", [b"", b"<flat-profile/>", b"Salted__", b"Salted__12345678abc"])
def test_file_that_is_not_encrypted_is_refused(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "plain").write_bytes(body)
    for option in ("--key", "--ikm"):
        with pytest.raises(EncryptionError):
            run(f"{tmp_path}/plain", option, "test123")


@pytest.mark.parametrize("arguments", [(), ("--key", "a", "--ikm", "b")])
def test_one_of_key_and_ikm_is_wanted(sealed: Path, arguments: tuple[str, ...]) -> None:
    with pytest.raises(typer.BadParameter, match="one of --key and --ikm"):
        run(str(sealed), *arguments)


def test_file_that_is_not_there_is_an_error_of_the_start(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="No such file"):
        run(f"{tmp_path}/nothing", "--key", "test123")


@pytest.mark.parametrize("out", ["nothing/cfg.xml", ""])
def test_output_that_cannot_be_written_is_an_error_of_the_start_and_leaves_nothing(
    sealed: Path, tmp_path: Path, out: str
) -> None:
    with pytest.raises(StartError):
        run(str(sealed), "--key", "test123", "--out", f"{tmp_path}/{out}")

    assert [path.name for path in tmp_path.iterdir()] == ["report.enc.xml"]
