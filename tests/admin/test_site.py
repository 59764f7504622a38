"""The listener: each phone at its own address, and nobody at another's."""

import asyncio
import socket
from unittest import mock

import pytest
from aiohttp import StreamReader, web
from aiohttp.test_utils import make_mocked_request

from mppsim.admin.listener import AdminLimits
from mppsim.admin.reply import RequestError
from mppsim.admin.site import AdminSite, _read_body
from mppsim.errors import StartError
from mppsim.net.clock import RunClock
from tests.support.admin_sites import admin_site
from tests.support.raw_client import connected, exchange
from tests.support.turns import turns

SLOW_BOOT = ("boot_seconds=600",)


async def test_page_is_shown_at_a_free_port_and_says_who_serves_it() -> None:
    async with admin_site() as site:
        answer = await exchange(site.url, site.request("GET", "/admin"))

    assert (answer.status, answer.get("content-type")) == (200, "text/html; charset=utf-8")
    assert answer.get("server") == "mppsim"
    assert answer.get("x-content-type-options") == "nosniff"
    assert b"00562B000001" in answer.body


async def test_connection_is_kept_for_the_next_request() -> None:
    async with admin_site() as site, connected(site.url) as client:
        answers = [await client.exchange(site.request("GET", "/status.xml")) for _ in range(3)]

    assert [answer.status for answer in answers] == [200] * 3


async def test_head_has_the_page_s_length_and_no_body() -> None:
    async with admin_site() as site:
        answer = await exchange(site.url, site.request("HEAD", "/admin"))

    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.get("content-length") or 0) > 10_000


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/admin/cfg.xml&xuser=admin&xpassword=s%263", 200),
        ("/admin/cfg.xml?&xuser=admin&xpassword=s%263", 200),
        ("/admin/c%66g.xml&xuser=admin&xpassword=s%263", 200),
        ("/admin/cfg.xml&xuser=admin&xpassword=guess", 401),
        ("/admin/cfg.xml&xuser=admin", 401),
        ("/&xuser=admin&xpassword=s%263", 200),
        ("/admin/none&xuser=admin&xpassword=s%263", 404),
    ],
)
async def test_credentials_may_follow_the_path_itself(target: str, status: int) -> None:
    async with admin_site() as site:
        site.phone.submit_changes({"Admin_Password": "s&3", "User_Password": "1234"})
        answer = await exchange(site.url, site.request("GET", target))

    assert answer.status == status


async def test_each_address_shows_its_own_phone() -> None:
    async with admin_site("127.0.0.5", "127.0.0.6") as site:
        first, second = [
            (await exchange(url, site.request("GET", "/", host=host))).body
            for host, url in site.urls.items()
        ]

    assert b"00562B000001" in first
    assert b"00562B000002" not in first
    assert b"00562B000002" in second


async def test_one_listener_serves_all_phones_and_nobody_else() -> None:
    async with admin_site("127.0.0.5", "127.0.0.6") as site:
        everywhere = AdminSite(site.phones.get)
        port = (await everywhere.start("0.0.0.0", 0)).rpartition(":")[2]
        for host, mac in (("127.0.0.5", b"00562B000001"), ("127.0.0.6", b"00562B000002")):
            answer = await exchange(
                f"http://{host}:{port}", site.request("GET", "/admin", host=host)
            )
            assert mac in answer.body
        async with connected(f"http://127.0.0.7:{port}") as client:
            client.send(site.request("GET", "/admin", host="127.0.0.7"))
            assert await client.read_to_end() == b""
        await everywhere.stop()


async def test_phone_is_not_found_by_another_s_name() -> None:
    async with admin_site("127.0.0.5", "127.0.0.6") as site:
        answer = await exchange(
            site.urls["127.0.0.5"], site.request("GET", "/admin/cfg.xml", host="127.0.0.6")
        )

    assert answer.status == 421


@pytest.mark.parametrize("state", ["nobody", "off", "down", "no web server"])
async def test_where_no_phone_serves_a_page_the_connection_is_cut(state: str) -> None:
    async with admin_site(clock=RunClock(), quirks=SLOW_BOOT) as site:
        match state:
            case "nobody":
                site.phones.clear()
            case "off":
                site.phone.switch_off()
            case "down":
                site.phone.restart("User Triggered")
            case "no web server":
                site.phone.submit_changes({"Enable_Web_Server": "No"})
        async with connected(site.url) as client:
            client.send(site.request("GET", "/"))

            assert await client.read_to_end() == b""


async def test_kept_connection_is_cut_when_the_phone_goes_down() -> None:
    async with (
        admin_site(clock=RunClock(), quirks=SLOW_BOOT) as site,
        connected(site.url) as client,
    ):
        assert (await client.exchange(site.request("GET", "/"))).status == 200

        site.phone.restart("User Triggered")
        client.send(site.request("GET", "/"))

        assert await client.read_to_end() == b""


async def test_port_that_is_taken_is_said() -> None:
    async with admin_site() as site:
        taken = r"127\.0\.0\.5:\d+: Address already in use; choose another with --web-port"
        with pytest.raises(StartError, match=taken):
            await AdminSite(lambda _: None).start("127.0.0.5", site.port)


async def test_host_that_is_not_there_is_said() -> None:
    with pytest.raises(StartError, match="cannot show the page at"):
        await AdminSite(lambda _: None).start("a..b", 0)


async def test_ipv6_is_in_brackets() -> None:
    site = AdminSite(lambda _: None)
    url = await site.start("::1", 0)
    await site.stop()

    assert url.startswith("http://[::1]:")


async def test_stopped_site_listens_no_more_and_may_be_stopped_again() -> None:
    async with admin_site() as site, connected(site.url) as client:
        await client.exchange(site.request("GET", "/"))
        await site.site.stop()
        await site.site.stop()

        assert await client.read_to_end() == b""
        with pytest.raises(OSError, match=r"refused|Connect"):
            await exchange(site.url, site.request("GET", "/"))


async def test_body_whose_framing_the_parser_gives_up_is_refused() -> None:
    content = StreamReader(mock.Mock(), 1024, loop=asyncio.get_running_loop())
    content.set_exception(web.RequestPayloadError("bad chunk"))
    broken = make_mocked_request("POST", "/admin", {"Content-Length": "9"}, payload=content)

    with pytest.raises(RequestError, match="framed") as caught:
        await _read_body(broken, AdminLimits())
    assert caught.value.status == 400


async def test_client_that_leaves_in_the_middle_of_a_form_disturbs_nobody() -> None:
    async with admin_site() as site:
        async with connected(site.url) as client:
            client.send(site.request("POST", "/admin", None, "Content-Length: 100") + b"_tok")
            await turns(5)
        await turns(5)

        assert (await exchange(site.url, site.request("GET", "/admin"))).status == 200


async def test_site_listens_at_a_socket_that_is_bound_already() -> None:
    async with admin_site() as shown:
        site = AdminSite(shown.phones.get)
        bound = socket.create_server(("127.0.0.5", 0))
        bound.setblocking(False)
        await site.start_on(bound)
        url = f"http://127.0.0.5:{bound.getsockname()[1]}"

        assert (await exchange(url, shown.request("GET", "/admin"))).status == 200
        await site.stop()


async def test_site_that_is_cut_ends_its_connections_and_listens_no_more() -> None:
    async with admin_site() as shown, connected(shown.url) as client:
        assert (await client.exchange(shown.request("GET", "/status.xml"))).status == 200
        shown.site.cut()
        shown.site.cut()

        assert await client.read_to_end() == b""
        with pytest.raises(OSError, match="Connect call failed"):
            await exchange(shown.url, shown.request("GET", "/"))
