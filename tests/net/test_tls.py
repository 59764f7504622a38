import socket
import ssl
from pathlib import Path

import pytest
from cryptography import x509

from mppsim.errors import StartError
from mppsim.net.tls import (
    BRINGS_NOTHING,
    PhoneTls,
    TlsClient,
    TlsSettings,
    check_certificate,
)
from tests.support.certificate_folders import CertificateFolder, make_folder
from tests.support.certificates import make_authority
from tests.support.server_certificate import make_certificate

OTHER = "00562b000002"


def wrap(tls: TlsClient | TlsSettings, phone: PhoneTls = BRINGS_NOTHING) -> ssl.SSLContext:
    client = TlsClient(tls) if isinstance(tls, TlsSettings) else tls
    one, other = socket.socketpair()
    with one, other, client.wrap(one, "fe80::1%eth0", phone) as wrapped:
        assert wrapped.server_hostname == "fe80::1"
        return wrapped.context


def names_in(context: ssl.SSLContext) -> set[str]:
    """Read the common names of the CAs that are trusted."""
    names = [x509.load_der_x509_certificate(der).subject for der in context.get_ca_certs(True)]
    return {name.rfc4514_string().removeprefix("CN=") for name in names}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> CertificateFolder:
    return make_folder(tmp_path_factory.mktemp("certs"), "00562b000001", OTHER, ca_name="Acme CA")


@pytest.fixture
def client(folder: CertificateFolder) -> TlsClient:
    return TlsClient(TlsSettings(ca_file=folder.ca))


def test_certificate_and_name_are_checked_unless_told_otherwise() -> None:
    context = wrap(TlsSettings())

    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert not context.verify_flags & ssl.VERIFY_X509_STRICT


def test_insecure_checks_neither() -> None:
    context = wrap(TlsSettings(insecure=True))

    assert context.verify_mode is ssl.CERT_NONE
    assert not context.check_hostname


def test_given_ca_is_the_only_one(tmp_path: Path) -> None:
    context = wrap(TlsSettings(ca_file=make_authority(tmp_path).ca_file))

    assert names_in(context) == {"mppsim test CA"}


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_ca_file_without_certificates_is_told_by_its_name(
    tmp_path: Path, content: str | None
) -> None:
    ca_file = tmp_path / "ca.pem"
    if content is not None:
        ca_file.write_text(content)

    with pytest.raises(StartError, match=r"ca\.pem"):
        TlsClient(TlsSettings(ca_file=ca_file))


def test_phones_that_bring_nothing_share_what_they_trust(client: TlsClient) -> None:
    assert wrap(client) is wrap(client, PhoneTls())


def test_phone_with_a_certificate_shares_with_none_and_is_remembered(
    client: TlsClient, folder: CertificateFolder
) -> None:
    one, other = (PhoneTls(certificate=folder.phone(mac)) for mac in ("00562b000001", OTHER))
    first = wrap(client, one)

    assert first is wrap(client, PhoneTls(certificate=folder.phone()))
    assert first is not wrap(client, other)
    assert first is not wrap(client)


def test_custom_ca_is_trusted_besides_the_others(client: TlsClient, tmp_path: Path) -> None:
    custom = make_folder(tmp_path, ca_name="Custom CA").ca.read_text()

    assert names_in(wrap(client, PhoneTls(custom_ca=custom))) == {"Acme CA", "Custom CA"}
    assert names_in(wrap(client)) == {"Acme CA"}


def test_phone_used_last_is_remembered_when_there_are_too_many(
    client: TlsClient, folder: CertificateFolder
) -> None:
    certificate = PhoneTls(certificate=folder.phone())
    pem = folder.ca.read_text()
    remembered = wrap(client, certificate)
    forgotten = wrap(client, PhoneTls(custom_ca=pem))
    for number in range(1, 255):
        wrap(client, PhoneTls(custom_ca=pem + number * "\n"))
    assert wrap(client, certificate) is remembered
    wrap(client, PhoneTls(custom_ca=pem + 255 * "\n"))

    assert wrap(client, certificate) is remembered
    assert wrap(client, PhoneTls(custom_ca=pem)) is not forgotten


@pytest.mark.parametrize("lost", ["ca.pem", "phones/00562b000001.pem"])
def test_file_that_has_gone_is_a_fault_of_tls_and_the_socket_stays(
    tmp_path: Path, lost: str
) -> None:
    gone = make_folder(tmp_path)
    client = TlsClient(TlsSettings(ca_file=gone.ca))
    (tmp_path / lost).unlink()
    one, other = socket.socketpair()

    with one, other:
        with pytest.raises(ssl.SSLError, match="No such file"):
            client.wrap(one, "reports", PhoneTls(certificate=gone.phone()))
        assert one.fileno() != -1


def test_custom_ca_that_is_none_is_a_fault_of_tls(client: TlsClient) -> None:
    with pytest.raises(ssl.SSLError):
        wrap(client, PhoneTls(custom_ca="no certificate"))


def test_certificate_with_its_key_is_ready_for_use(folder: CertificateFolder) -> None:
    check_certificate(folder.phone())


def test_certificate_that_cannot_be_used_is_told_by_its_name(tmp_path: Path) -> None:
    locked = make_certificate(tmp_path, "locked", password=b"s3cret")
    other = make_certificate(tmp_path, "other")
    bodies = {
        "no key": locked.certificate.read_text(),
        "locked": locked.certificate.read_text() + locked.key.read_text(),
        "another's key": locked.certificate.read_text() + other.key.read_text(),
        "nothing": "",
    }
    for body in bodies.values():
        (tmp_path / "phone.pem").write_text(body)

        with pytest.raises(StartError, match=r"phone\.pem: it holds no PEM certificate"):
            check_certificate(tmp_path / "phone.pem")


def test_certificate_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"phone\.pem: No such file"):
        check_certificate(tmp_path / "phone.pem")
