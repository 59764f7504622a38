"""Which way a report goes: by HTTP or by TFTP, within one run."""

import asyncio

import pytest

from mppsim.core.url import parse_url
from mppsim.http import HttpOutcome, HttpRequest
from mppsim.net.tftp import TftpClient
from mppsim.net.upload_routes import UploadRoutes
from tests.support.scripted_uploads import ScriptedUploads
from tests.support.udp_peer import udp_peer

BODY = b"<flat-profile/>\n"


def request(url: str) -> HttpRequest:
    return HttpRequest(method="PUT", url=parse_url(url), body=BODY)


async def test_http_goes_to_the_engine_and_opens_no_tftp() -> None:
    http, outcomes = ScriptedUploads(), []
    with TftpClient() as tftp:
        line = UploadRoutes(http, tftp).open_session("127.0.0.9")
        line.send(request("http://server/a"), outcomes.append)
        line.send(request("https://server/b"), outcomes.append)
        line.close()

        assert [sent.request.url.host for sent in http.sent] == ["server", "server"]
        assert [opened.source for opened in http.lines] == ["127.0.0.9"]
        assert not http.lines[0].is_open
        assert not tftp._sessions


async def test_tftp_goes_by_tftp_from_the_phones_address() -> None:
    http = ScriptedUploads()
    with TftpClient() as tftp, udp_peer() as server:
        line = UploadRoutes(http, tftp).open_session("127.0.0.9")
        told: asyncio.Future[HttpOutcome] = asyncio.get_running_loop().create_future()
        url = f"tftp://127.0.0.1:{server.tid.port}/a.xml"
        line.send(request(url), told.set_result)
        await server.hear()
        assert server.last is not None
        assert server.last.host == "127.0.0.9"
        await server.ask(b"\0\4\0\0")
        server.say(b"\0\4\0\1")

        assert (await told).reason is None
        assert http.sent == []
        line.close()
        assert not tftp._sessions


async def test_closing_the_line_cuts_a_report_by_tftp() -> None:
    outcomes: list[HttpOutcome] = []
    with udp_peer() as server, TftpClient() as tftp:
        line = UploadRoutes(ScriptedUploads(), tftp).open_session()
        line.send(request(f"tftp://127.0.0.1:{server.tid.port}/1"), outcomes.append)
        line.send(request(f"tftp://127.0.0.1:{server.tid.port}/2"), outcomes.append)
        await server.hear()
        line.close()

    assert [outcome.reason for outcome in outcomes] == ["cut", "cut"]


@pytest.mark.parametrize("source", [None, "127.0.0.9"])
async def test_each_run_has_a_session_of_its_own(source: str | None) -> None:
    with TftpClient() as tftp:
        routes = UploadRoutes(ScriptedUploads(), tftp)

        assert routes.open_session(source) is not routes.open_session(source)
