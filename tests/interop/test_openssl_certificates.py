"""openssl verifies what `mppsim certs` makes, as strictly as it can."""

import subprocess
from pathlib import Path

import pytest

from tests.support.certificate_folders import MAC, CertificateFolder, make_folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> CertificateFolder:
    return make_folder(tmp_path_factory.mktemp("ours"))


def openssl(*arguments: str | Path) -> tuple[bool, str]:
    """Run openssl; tell whether it was content, and what it said."""
    ended = subprocess.run(
        ["openssl", *map(str, arguments)], capture_output=True, text=True, timeout=30, check=False
    )
    return ended.returncode == 0, ended.stdout + ended.stderr


def verify(folder: CertificateFolder, *arguments: str | Path) -> bool:
    return openssl("verify", "-x509_strict", "-CAfile", folder.ca, *arguments)[0]


@pytest.mark.parametrize(
    "host", [("-verify_hostname", "localhost"), ("-verify_ip", "127.0.0.1"), ("-verify_ip", "::1")]
)
def test_server_is_good_under_each_of_its_names(
    folder: CertificateFolder, host: tuple[str, str]
) -> None:
    assert verify(folder, "-purpose", "sslserver", *host, folder.path / "server.pem")


def test_server_is_good_under_no_other_name(folder: CertificateFolder) -> None:
    other = ("-verify_hostname", "reports.example")

    assert not verify(folder, "-purpose", "sslserver", *other, folder.path / "server.pem")


def test_phone_is_good_as_a_client_and_the_server_is_not(folder: CertificateFolder) -> None:
    assert verify(folder, "-purpose", "sslclient", folder.phone())
    assert not verify(folder, "-purpose", "sslclient", folder.path / "server.pem")


def test_phone_of_another_authority_is_not_good(folder: CertificateFolder, tmp_path: Path) -> None:
    assert not verify(folder, make_folder(tmp_path).phone())


def test_subject_is_the_guides(folder: CertificateFolder) -> None:
    # "OU=CP-8841-3PCC, L=88012BA01234, S=000e08abcdef"; openssl calls S by its new name, SN.
    _, said = openssl("x509", "-in", folder.phone(), "-noout", "-subject", "-nameopt", "RFC2253")

    assert said.strip() == f"subject=SN={MAC},L=FCH2543SJFB,OU=CP-8851-3PCC"


def test_keys_belong_to_their_certificates(folder: CertificateFolder) -> None:
    for certificate, key in [
        (folder.ca, folder.path / "ca.key"),
        (folder.path / "server.pem", folder.path / "server.key"),
        (folder.phone(), folder.phone()),
    ]:
        of_certificate = openssl("x509", "-in", certificate, "-noout", "-pubkey")

        assert of_certificate == openssl("pkey", "-in", key, "-pubout")
