import ssl

from mppsim.net.sip_certificate import make_own_context


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
