"""What each URL answers, to whom, and what it refuses."""

import pytest
from lxml import etree

from mppsim.core.report import build_full
from tests.support.admin_visits import BROWSER, IP, Visitor, digest_for, headers_of

CURL = "curl/8.5.0"
PLANTED = "hunter22-planted"
SECRETS = {
    "Admin_Password": "",
    "Password_1_": PLANTED,
    "GPP_SA": PLANTED,
    "Proxy_Password": PLANTED,
    "IKM_HTTP_Encrypt_Content": PLANTED,
}

PAGES = [
    *("/", "/user", "/basic", "/advanced", "/user/advanced/user", "/user/basic/search?q=volume"),
    *("/admin", "/admin/basic", "/admin/advanced", "/admin/advanced/search?q=pass"),
    *(f"/admin/advanced/{slug}" for slug in ("system", "sip", "provisioning", "regional", "phone")),
    *(f"/admin/advanced/{slug}" for slug in ("user", "att-console", "tr-069", "ext-1", "ext-10")),
    *("/admin/basic/provisioning", "/admin/reboot", "/admin/factory-reset", "/admin/resync"),
    *("/screen", "/screen/applications", "/screen/applications/settings"),
]
DUMPS = ["/admin/cfg.xml", "/admin/status.xml", "/status.xml", "/admin/spacfg.xml"]


@pytest.mark.parametrize("target", PAGES)
async def test_page_is_there_whole_and_safe(target: str) -> None:
    visitor = Visitor(SECRETS)
    reply = visitor.ask(target)
    text = reply.body.decode()

    assert (reply.status, reply.media_type) == (200, "text/html")
    assert text.startswith("<!doctype html>")
    assert text.rstrip().endswith("</html>")
    assert headers_of(reply, "Cache-Control") == ["no-store"]
    policy = headers_of(reply, "Content-Security-Policy")[0]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert PLANTED not in text


@pytest.mark.parametrize("target", PAGES)
async def test_page_needs_nothing_from_outside_and_nothing_inline(target: str) -> None:
    page = Visitor().page(target)

    sources = [*page.xpath("//@src"), *page.xpath("//link/@href"), *page.xpath("//form/@action")]
    assert [source for source in sources if not source.startswith("/")] == []
    assert (
        page.xpath("//script[not(@src)] | //style | //@style | //@*[starts-with(name(),'on')]")
        == []
    )
    assert len(page.xpath("//@id")) == len(set(page.xpath("//@id")))


@pytest.mark.parametrize("target", PAGES)
async def test_every_control_has_a_label_and_every_description_is_there(target: str) -> None:
    page = Visitor().page(target)
    ids = set(page.xpath("//@id"))
    labelled = set(page.xpath("//label/@for"))

    controls = page.xpath("//input[not(@type='hidden')] | //select | //textarea")
    assert [
        c.get("name")
        for c in controls
        if c.get("id") not in labelled and not c.xpath("ancestor::label")
    ] == []
    for reference in page.xpath("//@aria-describedby | //@aria-labelledby"):
        assert set(reference.split()) <= ids
    assert labelled <= ids
    assert len(page.xpath("//h1")) == 1
    assert page.xpath("//a[@class='skip']/@href") == ["#main"]


@pytest.mark.parametrize("target", PAGES)
async def test_every_link_of_a_page_leads_somewhere(target: str) -> None:
    visitor = Visitor()
    page = visitor.page(target)
    for link in set(page.xpath("//a/@href")):
        path, _, fragment = link.partition("#")
        if not path:
            assert page.xpath(f"//*[@id='{fragment}']")
        else:
            assert visitor.ask(path).status in {200, 303}, link


async def test_configuration_and_status_are_what_a_report_holds() -> None:
    visitor = Visitor({"Report_Rule": "[--key k3y]http://h/x", "Report_To_Server": "Never Report"})

    replies = [visitor.ask(target) for target in DUMPS[:3]]

    assert {reply.media_type for reply in replies} == {"text/xml"}
    assert replies[0].body == build_full(visitor.phone.parameters)
    assert b"[--key k3y]http://h/x" in replies[0].body
    assert replies[1].body == replies[2].body == visitor.phone.status_report()


async def test_spa_dump_is_spa_firmware_s_only() -> None:
    assert Visitor().ask("/admin/spacfg.xml").status == 404
    spa = Visitor(firmware="spa-7").ask("/admin/spacfg.xml")

    assert etree.fromstring(spa.body).find("MAC_Address").get("group") == "Info/Product_Information"


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/nothing", 404),
        ("/admin/nothing", 404),
        ("/admin/advanced/ext-11", 404),
        ("/admin/advanced/hidden", 404),
        ("//admin", 404),
        ("/user//admin", 404),
        ("/%61dmin/cfg.xml", 200),  # one path, however it is written
        ("/admin/cfg.xml/", 404),
        ("/assets/../desk.py", 404),
        ("/assets/%2e%2e/desk.py", 404),
        ("/assets/", 404),
        ("/screen/nothing", 404),
        ("/screens", 404),
        ("/admin/report", 404),
    ],
)
async def test_path_that_is_not_there_is_not_there(target: str, status: int) -> None:
    assert Visitor().ask(target).status == status


@pytest.mark.parametrize(
    "target", ["/admin", "/admin/advanced/sip", "/%61dmin", *DUMPS[:2], "/admin/reboot"]
)
async def test_administrator_s_urls_ask_for_his_password(target: str) -> None:
    visitor = Visitor({"Admin_Password": "hunter22"})
    challenged = visitor.ask(target)

    assert challenged.status == 401
    answer = digest_for(challenged, user="admin", password="hunter22", method="GET", target=target)
    assert visitor.ask(target, authorization=answer).status == 200
    wrong = digest_for(challenged, user="admin", password="guess", method="GET", target=target)
    assert visitor.ask(target, authorization=wrong).status == 401


@pytest.mark.parametrize("target", ["/", "/user/advanced/user", "/status.xml", "/screen"])
async def test_user_s_urls_ask_for_the_user_s_password_only(target: str) -> None:
    assert Visitor({"Admin_Password": "hunter22"}).ask(target).status == 200
    assert Visitor({"User_Password": "1234"}).ask(target).status == 401


async def test_files_of_the_page_are_open_and_typed() -> None:
    visitor = Visitor({"User_Password": "1234"})
    replies = [visitor.ask(f"/assets/{name}") for name in ("admin.css", "admin.js", "icon.svg")]

    assert [reply.status for reply in replies] == [200] * 3
    assert [reply.media_type for reply in replies] == [
        "text/css",
        "text/javascript",
        "image/svg+xml",
    ]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"])
async def test_other_methods_are_not_allowed(method: str) -> None:
    reply = Visitor().ask("/admin", method=method)

    assert (reply.status, headers_of(reply, "Allow")) == (405, ["GET, HEAD, POST"])


@pytest.mark.parametrize(
    "target", ["/admin", "/admin/cfg.xml", "/status.xml", "/admin/basic/search"]
)
async def test_page_that_only_shows_takes_no_form(target: str) -> None:
    assert Visitor().send(target, {"_token": "x"}).status == 405


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.6", ""])
async def test_name_that_somebody_s_dns_leads_here_is_refused(host: str) -> None:
    visitor = Visitor()

    assert visitor.ask("/admin/cfg.xml", host=host).status == 421
    assert visitor.ask("/assets/admin.css", host=host).status == 421


async def test_administration_can_be_switched_off_and_the_user_s_pages_stay() -> None:
    visitor = Visitor({"Enable_Web_Admin_Access": "No"})

    assert {visitor.ask(t).status for t in ("/admin", "/admin/cfg.xml", "/admin/reboot")} == {403}
    assert visitor.ask("/").status == 200


class TestDirectUrls:
    async def test_program_s_get_restarts_the_phone_at_once(self) -> None:
        visitor = Visitor(quirks=("boot_seconds=60",))

        reply = visitor.ask("/admin/reboot", user_agent=CURL)

        assert (reply.status, reply.body) == (200, b"The phone restarts.\n")
        assert not visitor.phone.is_up

    @pytest.mark.parametrize(
        ("method", "agent"), [("GET", BROWSER), ("HEAD", CURL), ("HEAD", BROWSER)]
    )
    @pytest.mark.parametrize("target", ["/admin/reboot", "/admin/factory-reset"])
    async def test_browser_is_asked_first_and_a_look_does_nothing(
        self, method: str, agent: str, target: str
    ) -> None:
        visitor = Visitor({"Ringer_Volume": "3"}, quirks=("boot_seconds=60",))

        assert visitor.ask(target, method=method, user_agent=agent).status == 200
        assert visitor.phone.is_up
        assert visitor.phone.parameters["Ringer_Volume"] == "3"

    async def test_program_s_get_never_resets_a_phone(self) -> None:
        visitor = Visitor({"Ringer_Volume": "3"})

        visitor.ask("/admin/factory-reset", user_agent=CURL)

        assert visitor.phone.parameters["Ringer_Volume"] == "3"

    async def test_confirmed_reboot_restarts_and_says_so_in_the_history(self) -> None:
        visitor = Visitor()

        reply = visitor.submit("/admin/reboot")
        await visitor.settle()

        assert b"The phone restarts." in reply.body
        assert b"User Triggered" in visitor.ask("/status.xml").body

    async def test_confirmed_factory_reset_gives_the_factory_s_values(self) -> None:
        visitor = Visitor({"Ringer_Volume": "3", "Report_Rule": "/x"})

        reply = visitor.submit("/admin/factory-reset")
        await visitor.settle()

        assert reply.status == 200
        held = visitor.phone.parameters
        assert (held["Ringer_Volume"], held["Report_Rule"]) == ("9", "")
        assert b"Factory Reset" in visitor.ask("/status.xml").body

    @pytest.mark.parametrize("target", ["/admin/reboot", "/admin/factory-reset"])
    @pytest.mark.parametrize("token", ["", "0" * 32])
    async def test_form_of_a_stranger_does_nothing(self, target: str, token: str) -> None:
        visitor = Visitor({"Ringer_Volume": "3"}, quirks=("boot_seconds=60",))
        visitor.ask("/admin")

        assert visitor.submit(target, token=token).status == 403
        assert visitor.phone.is_up
        assert visitor.phone.parameters["Ringer_Volume"] == "3"

    async def test_program_s_get_resyncs_once_by_the_rule_that_is_the_whole_query(self) -> None:
        visitor = Visitor()
        rules = visitor.resyncs()

        for query in ("", "?%5B--uid+a+--pwd+b%5Dhttp://h/x?c=1&d=2", "?/$MA.cfg"):
            reply = visitor.ask(f"/admin/resync{query}", user_agent=CURL)
            assert (reply.status, reply.body) == (200, b"The phone resyncs.\n")

        assert rules == [None, "[--uid a --pwd b]http://h/x?c=1&d=2", "/$MA.cfg"]

    async def test_browser_is_asked_before_a_resync_and_shown_no_password(self) -> None:
        visitor = Visitor()
        rules = visitor.resyncs()
        target = "/admin/resync?[--pwd+hunter22]http://h/x"

        text = visitor.ask(target).body.decode()

        assert "[--pwd ***]http://h/x" in text
        assert "hunter22" not in text
        assert rules == []
        assert b"The phone resyncs." in visitor.submit(target).body
        assert rules == ["[--pwd hunter22]http://h/x"]

    @pytest.mark.parametrize("target", ["/admin/reboot", "/admin/factory-reset", "/admin/resync"])
    async def test_they_can_be_switched_off(self, target: str) -> None:
        visitor = Visitor({"Enable_Direct_Action_Url": "No"}, quirks=("boot_seconds=60",))

        assert visitor.ask(target, user_agent=CURL).status == 403
        assert visitor.phone.is_up
        assert visitor.page("/admin").xpath(f"//a[@href='{target}']") == []


async def test_search_leads_to_the_parameter_in_the_advanced_view() -> None:
    links = Visitor().page("/admin/basic/search?q=upload+delay").xpath("//main//a/@href")

    assert links == ["/admin/advanced/provisioning#Upload_Delay_On_Local_Change"]


async def test_markup_in_a_search_is_text() -> None:
    reply = Visitor().ask("/admin/basic/search?q=%3Cscript%3E%22")

    assert b"<script>" not in reply.body.replace(b'<script src="/assets/admin.js" defer>', b"")
    assert b"&lt;script&gt;" in reply.body


async def test_refusal_repeats_nothing_of_the_request() -> None:
    reply = Visitor().ask("/admin/%3Cscript%3E")

    assert (reply.status, reply.media_type, reply.body) == (
        404,
        "text/plain",
        b"there is no such page\n",
    )


async def test_query_of_a_million_fields_is_no_trouble() -> None:
    visitor = Visitor()

    assert visitor.ask(f"/admin/basic/search?{'a&' * 1000}").status == 400
    assert visitor.ask(f"/admin/basic/sip?{'a=1&' * 1000}").status == 400


async def test_phone_s_own_name_and_address_are_on_every_page() -> None:
    text = Visitor().ask("/").body.decode()

    assert "00562B000001" in text
    assert IP in text
