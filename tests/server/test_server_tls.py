"""Whom the server knows by a certificate, and what the others get."""

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mppsim.errors import StartError
from mppsim.http import HttpOutcome
from mppsim.net.tls import PhoneTls, TlsSettings
from mppsim.net.uploader import UploadEngine
from mppsim.server import Login, ServerEvent, ServerSettings, TlsFiles, TurnedAway
from mppsim.server.tls import load_tls, read_peer_mac
from tests.support.certificate_folders import MAC, CertificateFolder, make_folder
from tests.support.report_servers import RunningServer, report_server
from tests.support.server_certificate import make_certificate
from tests.support.uploads import put

OTHER = "00562b000002"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> CertificateFolder:
    return make_folder(tmp_path_factory.mktemp("ours"), MAC, OTHER)


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> CertificateFolder:
    return make_folder(tmp_path_factory.mktemp("theirs"), MAC)


def files_of(folder: CertificateFolder, *, client_ca: Path | None = None) -> TlsFiles:
    return TlsFiles(
        certificate=folder.path / "server.pem", key=folder.path / "server.key", client_ca=client_ca
    )


@pytest.fixture
async def running(folder: CertificateFolder, tmp_path: Path) -> AsyncIterator[RunningServer]:
    settings = ServerSettings(tls=files_of(folder, client_ca=folder.ca))
    async with report_server(tmp_path, settings) as running:
        yield running


async def upload(
    running: RunningServer, folder: CertificateFolder, certificate: Path | None, path: str = "/a"
) -> HttpOutcome:
    with UploadEngine(tls=TlsSettings(ca_file=folder.ca)) as engine:
        tls = PhoneTls(certificate=certificate)
        return await engine.request(put(running.url + path), tls=tls)


async def test_phone_is_known_by_its_certificate(
    running: RunningServer, folder: CertificateFolder
) -> None:
    outcomes = [await upload(running, folder, folder.phone(mac)) for mac in (MAC, OTHER)]

    assert [outcome.status for outcome in outcomes] == [201, 204]
    assert [event.phone for event in running.received] == [MAC, OTHER]


async def test_certificate_is_believed_and_not_the_path(
    running: RunningServer, folder: CertificateFolder
) -> None:
    await upload(running, folder, folder.phone(), f"/{OTHER}.xml")

    assert [event.phone for event in running.received] == [MAC]


async def test_certificate_of_no_phone_leaves_it_to_the_path(
    running: RunningServer, folder: CertificateFolder, tmp_path: Path
) -> None:
    nameless = make_certificate(tmp_path, "nameless")
    both = tmp_path / "both.pem"
    both.write_bytes(nameless.certificate.read_bytes() + nameless.key.read_bytes())
    settings = ServerSettings(tls=files_of(folder, client_ca=nameless.certificate))
    async with report_server(tmp_path / "r", settings) as lenient:
        await upload(lenient, folder, both, f"/{OTHER}.xml")

        assert [event.phone for event in lenient.received] == [OTHER]


async def test_whoever_shows_no_certificate_is_refused_and_told_why(
    running: RunningServer, folder: CertificateFolder
) -> None:
    outcome = await upload(running, folder, None, f"/{MAC}.xml")

    assert outcome.reason == "status-403"
    assert running.files() == {}
    assert running.turned_away == [
        TurnedAway(
            method="PUT",
            path=f"/{MAC}.xml",
            phone=MAC,
            status=403,
            reason="this server asks for a client certificate",
        )
    ]


async def test_password_does_not_stand_in_for_a_certificate(
    folder: CertificateFolder, tmp_path: Path
) -> None:
    settings = ServerSettings(
        tls=files_of(folder, client_ca=folder.ca), login=Login(user="u", password="p")
    )
    async with report_server(tmp_path, settings) as running:
        without = await upload(running, folder, None)
        showing = await upload(running, folder, folder.phone())

        assert (without.reason, showing.reason) == ("status-403", "status-401")


async def test_certificate_of_another_authority_ends_the_handshake(
    running: RunningServer, folder: CertificateFolder, stranger: CertificateFolder
) -> None:
    outcome = await upload(running, folder, stranger.phone())

    assert outcome.reason == "tls"
    assert running.files() == {}
    (told,) = running.turned_away
    assert (told.method, told.path, told.phone, told.status) == ("TLS", "handshake", "", None)
    assert told.reason.startswith("the client's certificate is not accepted: ")


def test_client_that_does_not_heed_the_refusal_is_cut_off(
    folder: CertificateFolder, stranger: CertificateFolder
) -> None:
    told: list[ServerEvent] = []
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context(cafile=folder.ca)
    context.load_cert_chain(stranger.phone())
    client = context.wrap_bio(to_client, to_server, server_hostname="localhost")
    server = load_tls(files_of(folder, client_ca=folder.ca), told.append).wrap_bio(
        to_server, to_client, server_side=True
    )
    for side in (client, server):
        with pytest.raises(ssl.SSLWantReadError):
            side.do_handshake()
    client.do_handshake()  # for the client it is over with TLS 1.3: its certificate is on its way
    with pytest.raises(ssl.SSLWantReadError):
        server.do_handshake()  # says why, and waits for the client to go

    with pytest.raises(ssl.SSLError, match="alert unknown ca"):
        client.read()
    with pytest.raises(ssl.SSLCertVerificationError):
        server.do_handshake()
    assert len(told) == 1


async def test_server_tells_of_clients_that_do_not_trust_it(
    running: RunningServer, stranger: CertificateFolder
) -> None:
    outcome = await upload(running, stranger, None)

    assert outcome.reason == "tls"
    while not running.turned_away:
        await running.told.wait()
    assert [event.reason for event in running.turned_away] == ["it failed: tlsv1_alert_unknown_ca"]


async def test_nobody_is_asked_for_a_certificate_without_need(
    folder: CertificateFolder, tmp_path: Path
) -> None:
    async with report_server(tmp_path, ServerSettings(tls=files_of(folder))) as running:
        outcome = await upload(running, folder, folder.phone(), f"/{OTHER}.xml")

        assert outcome.status == 201
        assert [event.phone for event in running.received] == [OTHER]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, r"cas\.pem: No such file"), ("garbage", r"cas\.pem: there is no CA certificate")],
)
def test_authorities_that_cannot_be_read_are_an_error_of_the_start(
    folder: CertificateFolder, tmp_path: Path, content: str | None, sentence: str
) -> None:
    file = tmp_path / "cas.pem"
    if content is not None:
        file.write_text(content)

    with pytest.raises(StartError, match=sentence):
        load_tls(files_of(folder, client_ca=file), print)


@pytest.mark.parametrize("locked", [True, False])
def test_key_that_cannot_be_used_is_an_error_of_the_start(tmp_path: Path, locked: bool) -> None:
    good = make_certificate(tmp_path)
    other = make_certificate(tmp_path, "other", password=b"pw" if locked else None)
    files = TlsFiles(certificate=good.certificate, key=other.key)

    with pytest.raises(StartError, match="password" if locked else "not a PEM certificate"):
        load_tls(files, print)


def test_server_without_its_files_is_an_error_of_the_start(tmp_path: Path) -> None:
    files = TlsFiles(certificate=tmp_path / "none.pem", key=tmp_path / "none.key")

    with pytest.raises(StartError, match="No such file"):
        load_tls(files, print)


@pytest.mark.parametrize(
    ("peer", "mac"),
    [
        (None, ""),
        ({}, ""),
        ({"subject": ((("localityName", "88012BA01234"),), (("surname", MAC),))}, MAC),
    ],
)
def test_phone_is_read_from_what_python_knows_of_a_certificate(
    peer: dict[str, object] | None, mac: str
) -> None:
    assert read_peer_mac(peer) == mac
