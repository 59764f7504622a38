"""A phone that trusts nobody yet fetches its CA, and reports by HTTPS to who is of it."""

from pathlib import Path

from mppsim.net.uploader import UploadEngine
from mppsim.server import ServerSettings, TlsFiles
from tests.support.certificate_folders import CertificateFolder, make_folder
from tests.support.phone_desk import Desk
from tests.support.report_servers import RunningServer, report_server

PATIENCE = 20.0


async def power_on(server: RunningServer, rule: str, *, more: str = "") -> list[str]:
    """Switch a phone on that has this Custom_CA_Rule; give what it told."""
    values = {"Report_Rule": f"[--status]{server.url}/$MA.xml {more}", "HTTP_Report_Method": "PUT"}
    with UploadEngine() as engine:
        desk = Desk(values | {"Custom_CA_Rule": rule}, way_out=engine)
        desk.do("on")
        assert await desk.timers.settle(PATIENCE)
        desk.do("off")
    return desk.words


def secure(folder: CertificateFolder) -> ServerSettings:
    files = TlsFiles(certificate=folder.path / "server.pem", key=folder.path / "server.key")
    return ServerSettings(tls=files)


async def test_report_of_the_start_finds_its_server_trusted(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "certs", ca_name="Acme CA")
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "ca.pem").write_bytes(folder.ca.read_bytes())
    async with (
        report_server(tmp_path / "public") as public,
        report_server(tmp_path / "reports", secure(folder)) as server,
    ):
        words = await power_on(server, f"{public.url}/ca.pem")
        (report,) = server.files().values()

    assert words[-2:] == ["custom CA ok", "status 201"]
    assert b"<Custom_CA_Info>Installed: Acme CA</Custom_CA_Info>" not in report  # made before
    assert b"<Custom_CA_Info>Not Installed</Custom_CA_Info>" in report


async def test_report_does_not_wait_for_a_ca_that_it_does_not_need(tmp_path: Path) -> None:
    async with report_server(tmp_path) as server:
        words = await power_on(server, f"{server.url}/none.pem")

    assert sorted(words[-2:]) == ["custom CA status-404", "status 201"]


async def test_server_of_another_authority_stays_a_stranger(tmp_path: Path) -> None:
    ours, theirs = (make_folder(tmp_path / name) for name in ("ours", "theirs"))
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "ca.pem").write_bytes(ours.ca.read_bytes())
    async with (
        report_server(tmp_path / "public") as public,
        report_server(tmp_path / "reports", secure(theirs)) as server,
    ):
        words = await power_on(server, f"{public.url}/ca.pem")

    assert words[-2:] == ["custom CA ok", "status failed: tls"]
