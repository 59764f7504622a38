"""curl asks every URL of the administration page, as scripts in the field do."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from lxml import etree

from mppsim.admin import AdminSite
from mppsim.core.catalogue import find_model
from mppsim.core.firmware import DEFAULT_RELEASE, load_release
from mppsim.core.identity import make_identity
from mppsim.core.parameters import Baseline
from mppsim.net import open_surroundings
from mppsim.net.phone import Phone
from tests.support.report_servers import report_server
from tests.support.timelines import profile_of
from tests.support.turns import turns

ADMIN = ("--digest", "--user", "admin:s3cret")
USER = ("--digest", "--user", "user:1234")
PASSWORDS = {"Admin_Password": "s3cret", "User_Password": "1234"}

# A URL, whose it is, and what kind of answer it gets.
URLS = [
    *((path, USER, "text/html") for path in ("/", "/user", "/basic", "/advanced")),
    *((path, USER, "text/html") for path in ("/user/advanced/user", "/screen")),
    *((path, ADMIN, "text/html") for path in ("/admin", "/admin/basic", "/admin/advanced")),
    *(
        (f"/admin/advanced/{slug}", ADMIN, "text/html")
        for slug in ("system", "sip", "provisioning", "regional", "phone", "user", "att-console")
    ),
    *((f"/admin/advanced/{slug}", ADMIN, "text/html") for slug in ("tr-069", "certificate")),
    *((f"/admin/advanced/ext-{n}", ADMIN, "text/html") for n in range(1, 11)),
    ("/admin/advanced/search?q=report", ADMIN, "text/html"),
    ("/admin/cfg.xml", ADMIN, "text/xml"),
    ("/admin/status.xml", ADMIN, "text/xml"),
    ("/status.xml", USER, "text/xml"),
    ("/admin/factory-reset", ADMIN, "text/html"),
    ("/admin/resync?http://127.0.0.1:1/x.xml", ADMIN, "text/plain"),
    ("/admin/reboot", ADMIN, "text/plain"),
]


@dataclass
class Answer:
    status: int
    kind: str
    body: str


async def curl(url: str, *arguments: str) -> Answer:
    process = await asyncio.create_subprocess_exec(
        *("curl", "--silent", "--show-error", "--max-time", "20", "--noproxy", "*"),
        *("--write-out", "\n%{http_code} %{content_type}"),
        *arguments,
        url,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    body, _, last = out.decode().rpartition("\n")
    status, _, kind = last.partition(" ")
    return Answer(int(status), kind.partition(";")[0], body)


@asynccontextmanager
async def shown(release: str = DEFAULT_RELEASE, **values: str) -> AsyncIterator[tuple[Phone, str]]:
    with open_surroundings() as surroundings:
        model = find_model("8851")
        baseline = Baseline.factory(model, load_release(release))
        phone = Phone(make_identity(model), baseline, surroundings)
        phone.provision(profile_of(values))
        phone.switch_on()
        site = AdminSite(lambda _: phone)
        url = await site.start("127.0.0.1", 0)
        try:
            yield phone, url
        finally:
            phone.switch_off()
            await site.stop()


@pytest.mark.parametrize(("path", "account", "kind"), URLS, ids=[url[0] for url in URLS])
async def test_url_answers_who_may_and_nobody_else(
    path: str, account: tuple[str, ...], kind: str
) -> None:
    async with shown(**PASSWORDS) as (_, url):
        assert (await curl(f"{url}{path}")).status == 401
        assert (await curl(f"{url}{path}", *account[:-1], "admin:guess")).status == 401
        answer = await curl(f"{url}{path}", *account)

    assert (answer.status, answer.kind) == (200, kind)
    if kind == "text/xml":
        assert len(etree.fromstring(answer.body.encode())) > 0


async def test_spa_firmware_has_a_dump_of_its_own_and_no_other_firmware_has() -> None:
    path = "/admin/spacfg.xml"
    async with shown(**PASSWORDS) as (_, url):
        assert (await curl(f"{url}{path}", *ADMIN)).status == 404
    async with shown("spa-7", **PASSWORDS) as (_, url):
        assert (await curl(f"{url}{path}", *ADMIN[:-1], "admin:guess")).status == 401
        answer = await curl(f"{url}{path}", *ADMIN)

    assert (answer.status, answer.kind) == (200, "text/xml")
    assert 'group="Provisioning/Upload_Configuration_Options"' in answer.body


async def test_reboot_restarts_the_phone() -> None:
    async with shown() as (phone, url):
        assert (await curl(f"{url}/admin/reboot")).body == "The phone restarts.\n"
        shown_reason = {
            row.name: row.value for group in phone.status_groups() for row in group.rows
        }["Reboot_Reason_1"]

    assert shown_reason.endswith("User Triggered")


async def test_resync_fetches_the_profile_that_the_url_names(tmp_path: Path) -> None:
    async with report_server(tmp_path) as server, shown() as (phone, url):
        profile = "<flat-profile><GPP_A>from curl</GPP_A></flat-profile>"
        (server.directory / "x.xml").write_text(profile)

        answer = await curl(f"{url}/admin/resync?{server.url}/x.xml")

        assert answer.body == "The phone resyncs.\n"
        async with asyncio.timeout(20):
            while phone.parameters["GPP_A"] != "from curl":
                await turns()


async def test_script_submits_a_form_with_its_cookie_and_token(tmp_path: Path) -> None:
    jar = ("--cookie", str(tmp_path / "jar"), "--cookie-jar", str(tmp_path / "jar"))
    async with shown(**PASSWORDS) as (phone, url):
        tab = f"{url}/admin/advanced/provisioning"
        page = await curl(tab, *ADMIN, *jar)
        found = re.search(r'name="_token" value="([0-9a-f]+)"', page.body)
        assert found is not None
        fields = ("--data-urlencode", "Report_Rule=[--key k3y]http://h/$MA.xml")
        token = ("--data", f"_token={found[1]}")

        refused = await curl(tab, *ADMIN, *fields, *token)
        assert (refused.status, phone.parameters["Report_Rule"]) == (403, "")
        answer = await curl(tab, *ADMIN, *jar, *fields, *token)

        assert answer.status == 303
        assert phone.parameters["Report_Rule"] == "[--key k3y]http://h/$MA.xml"


async def test_another_host_s_name_is_refused() -> None:
    async with shown() as (_, url):
        port = url.rpartition(":")[2]
        lead = ("--resolve", f"rebound.example:{port}:127.0.0.1")
        answer = await curl(f"http://rebound.example:{port}/admin/cfg.xml", *lead)

    assert answer.status == 421


async def test_form_that_is_too_large_is_refused(tmp_path: Path) -> None:
    form = tmp_path / "form"
    form.write_bytes(b"a=" + b"x" * 600_000)
    async with shown() as (_, url):
        answer = await curl(f"{url}/admin/basic/sip", "--data-binary", f"@{form}")

    assert answer.status == 413


async def test_phone_whose_web_server_is_off_cuts_the_connection() -> None:
    async with shown(Enable_Web_Server="No") as (_, url):
        with pytest.raises(AssertionError, match="curl"):
            await curl(url)
