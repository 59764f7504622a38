"""nginx takes reports from phones alone, and knows each by its certificate."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mppsim.http import HttpOutcome
from mppsim.net.tls import PhoneTls, TlsSettings
from mppsim.net.uploader import UploadEngine
from tests.support.certificate_folders import MAC, CertificateFolder, make_folder
from tests.support.nginx import Nginx, run_nginx
from tests.support.uploads import put

OTHER = "00562b000002"

# The guide's way, "SSLVerifyClient require", as nginx says it. A phone may write its own file only.
SERVER = """
        ssl_certificate {folder}/server.pem;
        ssl_certificate_key {folder}/server.key;
        ssl_client_certificate {folder}/ca.pem;
        ssl_verify_client on;
        ssl_protocols {protocol};
        if ($uri != "/$phone.xml") {{ return 403; }}
"""
PHONE = """
    map $ssl_client_s_dn $phone { "~SN=(?<mac>[0-9a-f]{12})(,|$)" $mac; default nobody; }
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> CertificateFolder:
    return make_folder(tmp_path_factory.mktemp("ours"), MAC, OTHER)


@pytest.fixture(params=["TLSv1.2", "TLSv1.3"])
def nginx(
    request: pytest.FixtureRequest, folder: CertificateFolder, tmp_path: Path
) -> Iterator[Nginx]:
    server = SERVER.format(folder=folder.path, protocol=request.param)
    with run_nginx(tmp_path, server=server, more=PHONE, is_tls=True) as nginx:
        yield nginx


async def upload(
    nginx: Nginx, folder: CertificateFolder, certificate: Path | None, name: str = MAC
) -> HttpOutcome:
    with UploadEngine(tls=TlsSettings(ca_file=folder.ca)) as engine:
        tls = PhoneTls(certificate=certificate)
        return await engine.request(put(f"{nginx.url}/{name}.xml"), tls=tls)


async def test_phones_reports_are_taken_by_its_certificate(
    nginx: Nginx, folder: CertificateFolder
) -> None:
    outcomes = [
        await upload(nginx, folder, folder.phone(MAC), MAC),
        await upload(nginx, folder, folder.phone(OTHER), OTHER),
        await upload(nginx, folder, folder.phone(OTHER), MAC),
    ]

    assert [outcome.status for outcome in outcomes] == [201, 201, 403]
    assert nginx.stored_names() == [f"{MAC}.xml", f"{OTHER}.xml"]


async def test_report_without_a_certificate_is_refused(
    nginx: Nginx, folder: CertificateFolder
) -> None:
    outcome = await upload(nginx, folder, None)

    assert outcome.reason == "status-400"
    assert nginx.stored_names() == []


async def test_certificate_of_another_authority_is_refused(
    nginx: Nginx, folder: CertificateFolder, tmp_path: Path
) -> None:
    stranger = make_folder(tmp_path / "theirs", MAC)

    outcome = await upload(nginx, folder, stranger.phone())

    assert outcome.reason == "status-400"
    assert nginx.stored_names() == []
