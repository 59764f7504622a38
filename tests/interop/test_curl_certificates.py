"""curl shows `mppsim serve --client-ca` a phone's certificate, or none."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mppsim.server import ServerSettings, TlsFiles
from tests.support.certificate_folders import MAC, CertificateFolder, make_folder
from tests.support.report_servers import RunningServer, report_server


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> CertificateFolder:
    return make_folder(tmp_path_factory.mktemp("ours"))


@pytest.fixture
async def server(folder: CertificateFolder, tmp_path: Path) -> AsyncIterator[RunningServer]:
    tls = TlsFiles(
        certificate=folder.path / "server.pem", key=folder.path / "server.key", client_ca=folder.ca
    )
    async with report_server(tmp_path / "reports", ServerSettings(tls=tls)) as running:
        yield running


async def upload(server: RunningServer, *arguments: str) -> tuple[int | None, str, str]:
    """PUT a report; give curl's exit code, the status, and what it complained of."""
    process = await asyncio.create_subprocess_exec(
        *("curl", "--silent", "--show-error", "--max-time", "20", "--noproxy", "*"),
        *("-X", "PUT", "--data-binary", "<flat-profile/>", "-w", "%{http_code}", "-o", "/dev/null"),
        *arguments,
        f"{server.url}/report.xml",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


@pytest.mark.parametrize("version", ["--tls-max=1.2", "--tlsv1.3"])
async def test_curl_with_a_phones_certificate_is_that_phone(
    server: RunningServer, folder: CertificateFolder, version: str
) -> None:
    trust = ("--cacert", str(folder.ca), *version.split("="))

    ended = await upload(server, *trust, "--cert", str(folder.phone()))

    assert ended == (0, "201", "")
    assert [event.phone for event in server.received] == [MAC]


async def test_curl_without_a_certificate_is_told_what_is_missing(
    server: RunningServer, folder: CertificateFolder
) -> None:
    ended = await upload(server, "--cacert", str(folder.ca))

    assert ended == (0, "403", "")
    assert server.files() == {}


@pytest.mark.parametrize("version", ["--tls-max=1.2", "--tlsv1.3"])
async def test_curl_with_anothers_certificate_gets_an_alert(
    server: RunningServer, folder: CertificateFolder, tmp_path: Path, version: str
) -> None:
    stranger = make_folder(tmp_path / "theirs")
    trust = ("--cacert", str(folder.ca), *version.split("="))

    code, status, complaint = await upload(server, *trust, "--cert", str(stranger.phone()))

    assert (code == 0, status) == (False, "000")
    assert "alert unknown ca" in complaint
    assert server.files() == {}


async def test_curl_does_not_trust_the_server_without_its_authority(
    server: RunningServer, folder: CertificateFolder
) -> None:
    code, status, _ = await upload(server, "--cert", str(folder.phone()))

    assert (code, status) == (60, "000")
    assert server.files() == {}
