import socket
import ssl
from pathlib import Path

import pytest

from mppsim.errors import StartError
from mppsim.net.tls import TlsClient, TlsSettings
from tests.support.certificates import make_authority


def wrap(settings: TlsSettings) -> ssl.SSLContext:
    one, other = socket.socketpair()
    with other, TlsClient(settings).wrap(one, "fe80::1%eth0") as wrapped:
        assert wrapped.server_hostname == "fe80::1"
        return wrapped.context


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

    subjects = [ca["subject"] for ca in context.get_ca_certs()]
    assert subjects == [((("commonName", "mppsim test CA"),),)]


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_ca_file_without_certificates_is_told_by_its_name(
    tmp_path: Path, content: str | None
) -> None:
    ca_file = tmp_path / "ca.pem"
    if content is not None:
        ca_file.write_text(content)

    with pytest.raises(StartError, match=r"ca\.pem"):
        TlsClient(TlsSettings(ca_file=ca_file))
