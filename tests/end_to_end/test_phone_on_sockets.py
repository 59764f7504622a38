"""One phone on real sockets, against the report server that ships with mppsim and a bare one."""

import asyncio
from pathlib import Path

import pytest

from mppsim.core.encryption import decrypt_ikm, decrypt_key
from mppsim.net.event_log import UploadFailed
from mppsim.net.uploader import UploadEngine
from mppsim.server import AuthScheme, Login, ServerSettings
from tests.support.http_server import Peer, answering, reply, serve_script
from tests.support.phone_desk import Desk
from tests.support.report_servers import report_server
from tests.support.uploads import closed_port


async def report(values: dict[str, str], *doings: str) -> Desk:
    """Let a phone do these things, a minute apart, with the real upload engine."""
    with UploadEngine() as engine:
        desk = Desk(values, running_since=0.0, way_out=engine)
        rows = ((60.0 * number, doing) for number, doing in enumerate(doings))
        await desk.run(*rows, until=60.0 * len(doings))
        assert await desk.timers.settle(10.0)
    return desk


def uploads_of(desk: Desk) -> list[str]:
    return [word for word in desk.words if word[:4] not in {"trig", "PUT ", "POST", "phon"}]


async def test_put_is_new_and_then_replaces(tmp_path: Path) -> None:
    async with report_server(tmp_path) as server:
        rule = f"[--delta]{server.url}/$MA-d.xml {server.url}/$MA.xml"
        values = {"HTTP_Report_Method": "PUT", "Report_Rule": rule, "Station_Display_Name": "Old"}
        desk = await report(
            values, "notify report", "set Station_Display_Name=Lobby", "notify report"
        )

    assert uploads_of(desk) == ["delta 201", "full 201", "delta 204", "full 204"]
    files = {name: body.count(b">Lobby</") for name, body in server.files().items()}
    assert files == {"00562b000001-d.xml": 1, "00562b000001.xml": 1}
    assert [event.phone for event in server.received] == ["00562b000001"] * 4


async def test_post_is_kept_with_a_number(tmp_path: Path) -> None:
    async with report_server(tmp_path) as server:
        values = {"Report_Rule": f"{server.url}/up.php [--status]{server.url}/up.php"}
        desk = await report(values, "notify report")

    assert uploads_of(desk) == ["full 201", "status 201"]
    assert set(server.files()) == {"up.php.d/000001.xml", "up.php.d/000002.xml"}
    assert [event.content for event in server.received] == ["full", "status"]


async def test_server_opens_what_the_phone_sealed(tmp_path: Path) -> None:
    settings = ServerSettings(keys=("test123",), ikm=b"walrus")
    async with report_server(tmp_path, settings) as server:
        rule = f"[--delta --key $SA]{server.url}/a [--status]{server.url}/b"
        values = {"HTTP_Report_Method": "PUT", "Report_Rule": rule, "GPP_SA": "test123"}
        values["IKM_HTTP_Encrypt_Content"] = "walrus"
        await report(values, "notify report")
        files = server.files()

    assert [(event.content, event.encryption) for event in server.received] == [
        ("delta", "aes-256-cbc"),
        ("status", "aes128gcm"),
    ]
    assert decrypt_key(files["a"], "test123").startswith(b"<env>\n<flat-profile>")
    assert decrypt_ikm(files["b"], b"walrus").startswith(b"<flat-status>")


@pytest.mark.parametrize("scheme", AuthScheme)
async def test_phone_proves_who_it_is(tmp_path: Path, scheme: AuthScheme) -> None:
    login = Login(user="phones", password="secret", scheme=scheme)
    async with report_server(tmp_path, ServerSettings(login=login)) as server:
        ends = [
            uploads_of(await report({"Report_Rule": f"{options}{server.url}/a"}, "notify report"))
            for options in ("[--uid phones --pwd secret]", "[--uid phones --pwd wrong]", "")
        ]

    assert ends == [["full 201"], ["full failed: auth"], ["full failed: status-401"]]


async def test_closed_port_refuses() -> None:
    rule = f"http://127.0.0.1:{closed_port()}/a.xml"

    desk = await report({"Report_Rule": rule}, "notify report")

    assert uploads_of(desk) == ["full failed: refused"]
    assert isinstance(failed := desk.occurrences[-1], UploadFailed)
    assert (failed.status, failed.method) == (None, "POST")


async def test_changes_that_failed_to_arrive_stay_and_arrive_once() -> None:
    async with serve_script(answering(reply(503), then=reply(201))) as server:
        values = {"HTTP_Report_Method": "PUT", "Report_Rule": f"[--delta]{server.url()}"}
        desk = await report(
            *(values, "set GPP_A=1", "notify report", "set GPP_B=2", "notify report"),
            "notify report",
        )
        bodies = [request.body for request in server.requests]

    assert uploads_of(desk) == ["delta failed: status-503", "delta 201", "delta 201"]
    assert [(body.count(b"GPP_A"), body.count(b"GPP_B")) for body in bodies] == [
        (2, 0),
        (2, 2),
        (0, 0),
    ]


async def test_run_is_one_connection_and_the_next_run_another() -> None:
    async with serve_script(answering(then=reply(201))) as server:
        values = {"Report_Rule": f"{server.url()} [--status]{server.url()}"}
        await report(values, "notify report", "notify report")
        await server.finish()
        connections = [request.connection for request in server.requests]

    assert connections == [1, 1, 2, 2]


async def test_restart_with_the_real_engine_cuts_and_reports_anew() -> None:
    begun = asyncio.Event()

    async def hang_then_answer(peer: Peer) -> None:
        if peer.number == 1:
            await peer.read_request()
            begun.set()
            assert await peer.read_head() == b""
        else:
            await answering(then=reply(201))(peer)

    async with serve_script(hang_then_answer) as server:
        with UploadEngine() as engine:
            desk = Desk({"Report_Rule": server.url()}, running_since=0.0, way_out=engine)
            desk.do("notify report")
            await begun.wait()
            desk.do("restart")
            await desk.run(until=10.0)
        await server.finish()

    told = ["trigger notify", "POST full", "full failed: cut"]
    assert desk.words == [*told, "trigger restart", "POST full", "full 201"]
