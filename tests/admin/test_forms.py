"""What a form changes, and what it may not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.admin.address import Account
from mppsim.admin.forms import fingerprint, parse_form, read_changes
from mppsim.admin.reply import RequestError
from mppsim.core.catalogue import find_model
from mppsim.core.firmware import load_release
from mppsim.core.parameters import Baseline, ParameterStore, ParameterView
from tests.support.admin_visits import profile_with_ua
from tests.support.timelines import make_store

HELD = {
    "Report_Rule": "http://h/x",
    "Station_Display_Name": "Lobby",
    "Admin_Password": "hunter22",
    "Work_Days": "Monday|Friday",
}
ON_PAGE = (*HELD, "Ringer_Volume", "User_Password")


def changes_of(
    body: str, view: ParameterView | None = None, account: Account = Account.ADMIN
) -> dict[str, str]:
    view = view or make_store(HELD).view
    parameters = [view.baseline.parameters[name] for name in ON_PAGE]
    return read_changes(parse_form(body.encode()), view, parameters, account)


@pytest.mark.parametrize(
    ("body", "changes"),
    [
        ("", {}),
        ("Station_Display_Name=Lobby", {}),
        ("Station_Display_Name=Desk", {"Station_Display_Name": "Desk"}),
        ("Station_Display_Name=", {"Station_Display_Name": ""}),
        # what the phone does with every value, so that a text area makes no change by itself
        ("Report_Rule=http%3A%2F%2Fh%2Fx%0D%0A", {}),
        (
            "Report_Rule=http%3A%2F%2Fh%2Fa%0D%0Ahttp%3A%2F%2Fh%2Fb",
            {"Report_Rule": "http://h/a http://h/b"},
        ),
        ("Station_Display_Name=%C3%A9+%26+%3Cb%3E", {"Station_Display_Name": "é & <b>"}),
        ("Station_Display_Name=a&Station_Display_Name=b", {"Station_Display_Name": "b"}),
        # passwords: an empty box is no change, a tick clears
        ("Admin_Password=", {}),
        ("Admin_Password=new+one", {"Admin_Password": "new one"}),
        ("Admin_Password=&_clear=Admin_Password", {"Admin_Password": ""}),
        ("_clear=User_Password", {}),
        # a multiple choice sends each tick, and an empty one always
        ("Work_Days=&Work_Days=Monday&Work_Days=Friday", {}),
        ("Work_Days=&Work_Days=Sunday", {"Work_Days": "Sunday"}),
        ("Work_Days=", {"Work_Days": ""}),
        # what the form carries besides
        ("_token=a&_seen=b", {}),
    ],
)
def test_changes_are_what_differs(body: str, changes: dict[str, str]) -> None:
    assert changes_of(body) == changes


@pytest.mark.parametrize("body", ["GPP_A=1", "No_Such=1", "_other=1", "_clear=GPP_SA"])
def test_form_that_names_what_is_not_on_its_page_is_refused(body: str) -> None:
    with pytest.raises(RequestError) as caught:
        changes_of(f"Ringer_Volume=3&{body}")

    assert caught.value.status == 400


def test_user_may_send_what_he_may_only_read_but_not_change_it() -> None:
    store = ParameterStore(Baseline.factory(find_model("8851"), load_release("mpp-12.0")))
    store.provision(profile_with_ua(Station_Display_Name="ro"))

    assert changes_of("Station_Display_Name=1&Ringer_Volume=3", store.view, Account.USER) == {
        "Ringer_Volume": "3"
    }
    with pytest.raises(RequestError, match="may not be changed") as caught:
        changes_of("Station_Display_Name=2", store.view, Account.USER)
    assert caught.value.status == 403


def test_administrator_changes_what_the_user_may_not() -> None:
    assert changes_of("Report_Rule=%2Fx") == {"Report_Rule": "/x"}


@pytest.mark.parametrize(
    "body",
    [b"\xff=1", b"a=%FF", "é=1".encode(), b"&".join(b"a=1" for _ in range(2001))],
    ids=["octets", "no UTF-8", "not encoded", "too many"],
)
def test_body_that_is_no_form_is_refused_without_repeating_it(body: bytes) -> None:
    with pytest.raises(RequestError) as caught:
        parse_form(body)

    assert (caught.value.status, caught.value.reason) == (400, "the form cannot be read")


@given(st.binary(max_size=300))
def test_any_octets_are_a_form_or_refused(body: bytes) -> None:
    try:
        form = parse_form(body)
    except RequestError:
        return
    assert all(form.get_all(name) for name in form.fields)


def test_form_does_not_show_its_values() -> None:
    assert "hunter22" not in repr(parse_form(b"Admin_Password=hunter22"))


def test_fingerprint_differs_where_the_page_differs_and_tells_nothing_of_a_secret() -> None:
    def seen(**values: str) -> str:
        view = make_store(values).view
        return fingerprint(view, [view.baseline.parameters[name] for name in ON_PAGE])

    assert seen() == seen()
    assert seen(Ringer_Volume="3") != seen()
    assert seen(GPP_A="1") == seen()
    assert seen(Admin_Password="1234") == seen()
