"""The SIP accounts of a phone, as its parameters say."""

import pytest

from mppsim.core.catalogue import find_model, models
from mppsim.core.firmware import load_release, release_names
from mppsim.core.parameters import Baseline, ParameterChange, ParameterStore
from mppsim.net.accounts import read_accounts
from mppsim.sip import SipAccount
from tests.support.timelines import make_store, profile_of

LINE_2 = {"User_ID_2_": "1002", "Auth_ID_2_": "a1002", "Password_2_": "secret"}


def account(**values: str) -> SipAccount:
    """The account of line 1 with these values; `TR069` and the like are names already."""
    given = {name.replace("Resync_Reboot", "Resync-Reboot"): text for name, text in values.items()}
    (found,) = read_accounts(make_store({"User_ID_1_": "1001", **given}).view)
    return found


def test_phone_of_the_factory_has_no_account() -> None:
    assert read_accounts(make_store().view) == ()


def test_line_with_a_user_or_a_password_has_an_account_in_the_order_of_the_lines() -> None:
    store = make_store({"Password_3_": "only", **LINE_2})

    assert read_accounts(store.view) == (
        SipAccount(user_id="1002", auth_id="a1002", password="secret", line=2),
        SipAccount(user_id="", password="only", line=3),
    )


def test_line_that_is_not_to_challenge_does_not() -> None:
    assert account().challenge
    assert not account(Auth_Resync_Reboot_1_="No").challenge


@pytest.mark.parametrize(("value", "is_offered"), [("Yes", True), ("No", False)])
def test_sha256_is_offered_where_the_line_has_it_switched_on(value: str, is_offered: bool) -> None:
    assert account(Auth_Support_RFC8760_1_=value).sha256 is is_offered


@pytest.mark.parametrize(
    ("proxy", "realm"),
    [
        ("", ""),
        ("pbx.example", "pbx.example"),
        ("pbx.example:5060", "pbx.example"),
        ("192.0.2.1:5060", "192.0.2.1"),
        ("[2001:db8::1]:5060", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1", "2001:db8::1"),
        (":5060", ""),
    ],
)
def test_realm_is_the_proxys_host_if_none_is_set(proxy: str, realm: str) -> None:
    assert account(Proxy_1_=proxy).realm == realm
    assert account(Proxy_1_=proxy, Reversed_Auth_Realm_1_="r:1").realm == "r:1"


def test_phones_that_share_their_lines_share_the_accounts() -> None:
    factory = Baseline.factory(find_model("8851"), load_release("mpp-12.0"))
    baseline, _ = factory.provisioned(profile_of(LINE_2))
    one, other = ParameterStore(baseline), ParameterStore(baseline)
    one.change((ParameterChange("GPP_A", "1"),))

    assert read_accounts(one.view) is read_accounts(other.view)


def test_line_that_changes_is_read_anew() -> None:
    store = make_store(LINE_2)
    assert [found.user_id for found in read_accounts(store.view)] == ["1002"]

    store.change((ParameterChange("User_ID_1_", "1001"),))

    assert [found.user_id for found in read_accounts(store.view)] == ["1001", "1002"]


@pytest.mark.parametrize("release", release_names())
@pytest.mark.parametrize("model", [model.model for model in models()])
def test_every_line_of_every_phone_can_have_an_account(model: str, release: str) -> None:
    phone = find_model(model)
    store = ParameterStore(Baseline.factory(phone, load_release(release)))
    store.provision(profile_of({f"User_ID_{n}_": str(n) for n in range(1, phone.lines + 1)}))

    accounts = read_accounts(store.view)

    assert [found.user_id for found in accounts] == [str(n) for n in range(1, phone.lines + 1)]


def test_password_stays_out_of_sight() -> None:
    assert "secret" not in repr(read_accounts(make_store(LINE_2).view))
