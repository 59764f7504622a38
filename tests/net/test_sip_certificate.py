import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mppsim.core.catalogue import find_model
from mppsim.core.identity import make_identity
from mppsim.net.certificates import make_authority
from mppsim.net.sip_certificate import make_own_context, make_phone_context


def test_own_context_is_made_once_and_asks_nobody_for_a_certificate() -> None:
    context = make_own_context()

    assert make_own_context() is context
    assert context.verify_mode is ssl.CERT_NONE


def test_stranger_sees_its_name() -> None:
    client_context = ssl.create_default_context()
    client_context.check_hostname = False
    client_context.verify_mode = ssl.CERT_NONE
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_context.wrap_bio(to_client, to_server, server_hostname="phone")
    server = make_own_context().wrap_bio(to_server, to_client, server_side=True)
    for _ in range(3):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    certificate = client.getpeercert(binary_form=True)

    assert certificate is not None
    assert b"mppsim" in certificate


def test_phone_shows_its_own_certificate_if_it_has_one(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    issued = make_authority("CA", now=now).issue_phone(make_identity(find_model("8851")), now=now)
    file = tmp_path / "phone.pem"
    file.write_bytes(issued.certificate + issued.key)
    context = make_phone_context(file)

    assert make_phone_context(file) is context
    assert make_phone_context(None) is make_own_context()
    assert context is not make_own_context()


def test_file_that_has_gone_is_an_error_of_that_connection(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        make_phone_context(tmp_path / "gone.pem")
