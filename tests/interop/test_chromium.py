"""A person administers a phone in Chromium: logs in, sets the five fields, and it reports."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mppsim.admin import AdminSite
from mppsim.core.events import Origin, ParametersApplied, TriggerFell, TriggerKind
from mppsim.net import RunClock, make_phone, open_surroundings
from mppsim.net.event_log import Occurrence
from mppsim.net.phone import Phone
from mppsim.server import ServerSettings
from tests.support.admin_visits import profile_with_ua
from tests.support.chromium import PATIENCE, Tab, chromium, serious_faults
from tests.support.report_servers import RunningServer, report_server

ROOT = Path(__file__).parents[2]
ARTEFACTS = ROOT / "tests" / "artefacts" / "admin"

PASSWORDS = {"Admin_Password": "s3cret", "User_Password": "1234"}
UPLOAD = "/admin/advanced/provisioning#section-upload-configuration-options"
FURTHER_PAGES = (
    *("/screen/applications/settings", "/screen/applications/settings/ringer-volume"),
    *("/admin/advanced/search?q=report", "/user/basic/user"),
)
SUBMIT = "#voice button[type=submit]"


@dataclass
class Shown:
    """A phone whose minutes take a second, its page, and a browser before it."""

    phone: Phone
    url: str
    tab: Tab
    told: list[tuple[float, Occurrence]] = field(default_factory=list)
    """What the phone has told, and when by its own clock."""

    async def go(self, path: str) -> None:
        await self.tab.go(f"{self.url}{path}")


@asynccontextmanager
async def shown(*, speed: float = 60.0, **values: str) -> AsyncIterator[Shown]:
    clock, told = RunClock(speed), list[tuple[float, Occurrence]]()
    with open_surroundings(
        clock, tell=lambda _, what: told.append((clock.now(), what))
    ) as surroundings:
        phone = make_phone(surroundings, "8851", **values)
        phone.switch_on()
        site = AdminSite(lambda _: phone)
        url = await site.start("127.0.0.1", 0)
        try:
            async with chromium() as tab:
                yield Shown(phone, url, tab, told)
        finally:
            phone.switch_off()
            await site.stop()


def is_by_page(what: Occurrence) -> bool:
    return isinstance(what, ParametersApplied) and what.origin is Origin.PAGE


async def received(server: RunningServer, count: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while len(server.received) < count:
            server.told.clear()
            await server.told.wait()


async def test_administrator_sets_the_five_fields_and_the_report_arrives_after_the_delay(
    tmp_path: Path,
) -> None:
    settings = ServerSettings(keys=("test123",))
    async with report_server(tmp_path, settings) as server, shown(**PASSWORDS) as here:
        tab = here.tab
        tab.credentials = ("admin", "s3cret")
        await here.go("/admin/advanced")
        assert (await tab.text("h1"), tab.challenges) == ("Status", 1)

        # Find the fields, by their name on the page.
        await tab.type("#find", "upload delay")
        await tab.press("Enter", 13, loads=True)
        await tab.click("main .hits a", loads=True)
        assert await tab.text("h1") == "Provisioning"
        assert await tab.text("#section-upload-configuration-options") == (
            "Upload Configuration Options"
        )
        await tab.type("#Report_Rule", f"[--delta --key test123]{server.url}/$MA.enc.xml")
        await tab.choose("#HTTP_Report_Method", "PUT")
        await tab.choose("#Report_To_Server", "On Local Change")
        await tab.type("#Periodic_Upload_To_Server", "7200")
        await tab.type("#Upload_Delay_On_Local_Change", "10")
        assert await tab.text("#unsaved") == "5 unsaved changes"
        await tab.click(SUBMIT, loads=True)

        assert (await tab.text("#notice")).strip() == "5 parameters were changed."
        await received(server, 1)
        report = server.received[0]
        assert (report.method, report.path) == ("PUT", f"/{here.phone.identity.mac}.enc.xml")
        assert (report.content, report.encryption) == ("delta", "aes-256-cbc")
        assert tab.faults == []
        [submitted] = [at for at, what in here.told if is_by_page(what)]
        [fell] = [at for at, what in here.told if what == TriggerFell(TriggerKind.LOCAL_CHANGE)]
        assert 10.0 <= fell - submitted < 20.0


async def test_wrong_value_is_shown_at_its_field_and_can_be_corrected() -> None:
    async with shown() as here:
        tab = here.tab
        await here.go(UPLOAD)
        await tab.type("#Report_Rule", "http://127.0.0.1:1/x")
        await tab.type("#Upload_Delay_On_Local_Change", "5")
        await tab.click(SUBMIT, loads=True)

        assert await tab.read("document.activeElement.id") == "notice"
        error = await tab.text("#Upload_Delay_On_Local_Change-error")
        assert error == "'5' is not allowed: a whole number from 10 to 900"
        marked = "[...document.querySelectorAll('[aria-invalid]')].map(e => e.id)"
        assert await tab.read(marked) == ["Upload_Delay_On_Local_Change"]
        assert await tab.read("document.getElementById('Report_Rule').value") == (
            "http://127.0.0.1:1/x"
        )
        assert here.phone.parameters["Report_Rule"] == ""
        await tab.look(1100, 700)
        await tab.photograph(ARTEFACTS / "wrong-value.png")

        await tab.type("#Upload_Delay_On_Local_Change", "30")
        await tab.click(SUBMIT, loads=True)
        assert (await tab.text("#notice")).strip() == "2 parameters were changed."
        assert [fault for fault in tab.faults if "422" not in fault] == []


async def test_user_sees_only_what_ua_allows() -> None:
    async with shown(**PASSWORDS) as here:
        here.phone.provision(profile_with_ua(GPP_A="ro", Ringer_Volume="rw", Speaker_Volume="na"))
        tab = here.tab
        tab.credentials = ("user", "1234")
        await here.go("/user/advanced/user")
        assert await tab.text("h1") == "User"
        assert await tab.read("!!document.getElementById('Ringer_Volume')")
        assert not await tab.read("!!document.getElementById('Speaker_Volume')")
        assert not await tab.read("!!document.querySelector('a[href*=\"/sip\"]')")

        await tab.type("#Ringer_Volume", "7")
        await tab.click(SUBMIT, loads=True)
        assert here.phone.parameters["Ringer_Volume"] == "7"

        await here.go("/user/advanced/provisioning")
        assert await tab.read("document.getElementById('GPP_A').readOnly")
        assert not await tab.read(f"!!document.querySelector({SUBMIT!r})")

        # The user's password opens no page of the administrator's.
        tab.credentials = ("user", "1234")
        await here.go("/admin/advanced/provisioning")
        assert not await tab.read("!!document.getElementById('Report_Rule')")


async def test_everything_works_without_a_mouse() -> None:
    async with shown() as here:
        tab = here.tab
        await here.go("/user/advanced/user")
        await tab.press("Tab", 9)
        assert await tab.read("document.activeElement.className") == "skip"
        await tab.press("Enter", 13)
        assert await tab.read("document.activeElement.id") == "main"
        for _ in range(200):
            await tab.press("Tab", 9)
            if await tab.read("document.activeElement.id") == "Ringer_Volume":
                break
        await tab.call("Input.insertText", text="3")
        await tab.press("Enter", 13, loads=True)

        assert here.phone.parameters["Ringer_Volume"] == "3"


async def test_value_is_set_on_the_drawn_screen() -> None:
    async with shown() as here:
        tab = here.tab
        await here.go("/screen")
        for label in ("Apps", "Settings", "Ringer Volume"):
            await tab.read(
                "[...document.querySelectorAll('.lcd a')]"
                f".find(a => a.textContent.includes({label!r})).id = 'next'"
            )
            await tab.click("#next", loads=True)
        await tab.type("#Ringer_Volume", "4")
        await tab.click(".lcd button", loads=True)

        assert here.phone.parameters["Ringer_Volume"] == "4"
        assert tab.faults == []


async def test_factory_reset_is_asked_before_it_is_done() -> None:
    async with shown(Ringer_Volume="3") as here:
        await here.go("/admin/factory-reset")
        assert here.phone.parameters["Ringer_Volume"] == "3"
        await here.tab.click("main button", loads=True)

        assert here.phone.parameters["Ringer_Volume"] == "9"
        assert await here.tab.text("main [role=status]") == (
            "The phone has its factory values, and restarts."
        )


@pytest.mark.timeout(240)  # forty pages, each judged and photographed
@pytest.mark.parametrize(
    ("width", "height", "is_dark"), [(1280, 900, False), (360, 740, True)], ids=["wide", "narrow"]
)
async def test_every_page_is_sound_and_photographed(width: int, height: int, is_dark: bool) -> None:
    """No console error, no serious fault by axe-core, nothing wider than the window."""
    async with shown(Station_Display_Name="Reception", User_ID_1_="2001") as here:
        tab = here.tab
        await tab.look(width, height, dark=is_dark)
        await here.go("/admin/advanced")
        links = await tab.read("[...document.querySelectorAll('.side a')].map(a => a.pathname)")
        pages = [link for link in links if not link.endswith(".xml")]
        for path in (*pages, *FURTHER_PAGES):
            await here.go(path)
            name = re.sub(r"[^a-z0-9]+", "-", path).strip("-")
            await tab.photograph(ARTEFACTS / f"{name}{'-narrow-dark' if is_dark else ''}.png")

            assert await tab.read("document.documentElement.scrollWidth") <= width, path
            assert await serious_faults(tab) == [], path
        assert len(pages) > 20
        assert tab.faults == []


@pytest.mark.parametrize(
    "markup", ["</textarea><script>document.title='x'</script>", '"><img src=x>']
)
async def test_markup_in_a_value_is_text_in_a_real_browser(markup: str) -> None:
    async with shown(Report_Rule=markup, GPP_A=markup, Station_Display_Name=markup) as here:
        await here.go("/admin/advanced/provisioning")
        values = "['Report_Rule', 'GPP_A'].map(id => document.getElementById(id).value)"
        assert await here.tab.read(values) == [markup] * 2
        assert await here.tab.read("document.images.length") == 0
        assert "Provisioning" in await here.tab.read("document.title")
        await here.go("/screen")
        assert await here.tab.text(".lcd h2") == markup
        assert here.tab.faults == []
