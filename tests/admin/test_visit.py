import pytest

from mppsim.admin.address import Account, Detail, PageAddress
from mppsim.admin.gate import Gate
from mppsim.admin.reply import PageRequest, RequestError
from mppsim.admin.visit import Visit
from tests.support.admin_visits import FORM, IP, Dice
from tests.support.phone_desk import Desk

SESSION = "0" * 32


def visit_with(body: bytes = b"", kind: str = FORM, session: str = SESSION, **values: str) -> Visit:
    headers = {"content-type": kind, "cookie": f"mppsim-session={session}"}
    return Visit(
        request=PageRequest(method="POST", target="/", path="/", headers=headers, body=body),
        phone=Desk(values, ip=IP).phone,
        address=PageAddress(account=Account.ADMIN, detail=Detail.ADVANCED, slug="sip"),
        gate=Gate(Dice()),
        session=SESSION,
    )


@pytest.mark.parametrize("kind", [FORM, f"{FORM}; charset=UTF-8", FORM.upper()])
async def test_page_s_own_form_is_read(kind: str) -> None:
    token = visit_with().seals().token
    form = visit_with(f"_token={token}&A=1".encode(), kind).read_form()

    assert form.get("A") == "1"


@pytest.mark.parametrize(
    ("body", "kind", "session", "status"),
    [
        ("_token={}", "text/plain", SESSION, 415),
        ("_token={}", "", SESSION, 415),
        ("_token={}", "multipart/form-data; boundary=x", SESSION, 415),
        ("A=1", FORM, SESSION, 403),
        ("_token={}x", FORM, SESSION, 403),
        ("_token={}", FORM, "1" * 32, 403),
        ("_token={}", FORM, "", 403),
        ("_token={}&_token=", FORM, SESSION, 403),
        ("%FF=1", FORM, SESSION, 400),
    ],
)
async def test_form_of_somebody_else_is_refused(
    body: str, kind: str, session: str, status: int
) -> None:
    token = visit_with().seals().token
    visit = visit_with(body.format(token).encode(), kind, session)

    with pytest.raises(RequestError) as caught:
        visit.read_form()
    assert caught.value.status == status


async def test_frame_marks_the_tab_and_links_within_account_and_view() -> None:
    frame = visit_with().frame()

    assert (frame.here, visit_with().frame("reboot").here) == ("sip", "reboot")
    assert frame.place() == "/admin/advanced/sip"
    assert frame.place(slug="ext-1") == "/admin/advanced/ext-1"
    assert frame.place(detail="basic") == "/admin/basic/sip"
    assert frame.is_admin
    assert [tab.title for tab in frame.tabs][:2] == ["System", "SIP"]


@pytest.mark.parametrize(("value", "may_act"), [("Yes", True), ("No", False)])
async def test_direct_urls_are_offered_where_they_do_something(value: str, may_act: bool) -> None:
    visit = visit_with(Enable_Direct_Action_Url=value)

    assert visit.may_act is may_act
    assert visit.frame().can_act is may_act
