"""The plan of the demonstration: everything is used, and nothing depends on luck."""

from random import Random

import pytest

from mppsim.core.parameters import ParameterStore
from mppsim.core.report_rule import ReportContent
from mppsim.core.settings import ReportMethod, ReportToServer, read_report_settings
from mppsim.fleet.demo_plan import plan_demo
from mppsim.fleet.demo_words import Change, Deed, FleetPlan, Notify, PhonePlan

SERVER, TFTP = "http://127.0.0.1:8000", "127.0.0.1:6969"
SEEDS = range(20)


def plan(seed: int) -> FleetPlan:
    return plan_demo(SERVER, tftp=TFTP, chance=Random(seed))


def settings_of(phone: PhonePlan):
    return read_report_settings(phone.baseline.view.__getitem__)


PLAN = plan(1)


def test_same_seed_plans_the_same_and_another_plans_otherwise() -> None:
    def shape(of: FleetPlan) -> tuple[object, ...]:
        phones = [(p.identity, p.running_since, p.baseline.values) for p in of.phones]
        return of.deeds, of.duration, phones

    assert shape(plan(7)) == shape(plan(7)) != shape(plan(8))


def test_phones_are_told_apart_and_of_several_models_and_releases() -> None:
    for name in (lambda p: p.name, lambda p: p.identity.mac, lambda p: p.identity.serial):
        assert len({name(phone) for phone in PLAN.phones}) == len(PLAN.phones) == 9
    assert len({phone.identity.model.model for phone in PLAN.phones}) == 9
    assert {phone.baseline.release.name for phone in PLAN.phones} == {
        "mpp-11.2",
        "mpp-11.3",
        "mpp-12.0",
    }


def test_every_content_method_mode_and_encryption_is_planned() -> None:
    settings = [settings_of(phone) for phone in PLAN.phones]
    rules = [rule for each in settings for rule in each.reading.rules if rule is not None]

    assert {rule.content for rule in rules} == set(ReportContent)
    assert {each.method for each in settings} == set(ReportMethod)
    assert {each.to_server for each in settings} == set(ReportToServer) - {ReportToServer.NEVER}
    assert {rule.key is None for rule in rules} == {True, False}
    assert any(phone.baseline.view["IKM_HTTP_Encrypt_Content"] for phone in PLAN.phones)


@pytest.mark.parametrize("phone", PLAN.phones, ids=lambda phone: phone.name)
def test_rules_can_be_read_and_lead_to_the_server_alone(phone: PhonePlan) -> None:
    reading = settings_of(phone).reading

    assert (reading.faults, reading.warnings) == ((), ())
    ours = ("/", f"{SERVER}/")
    assert [rule.target for rule in reading.rules if not rule.target.startswith(ours)] == []
    assert phone.identity.tftp_server == TFTP


def test_one_phone_reports_to_a_bare_path_and_so_by_tftp() -> None:
    rules = [rule for phone in PLAN.phones for rule in settings_of(phone).reading.rules]

    assert len([rule for rule in rules if rule.target.startswith("/")]) == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_every_deed_falls_early_enough_for_what_it_causes(seed: int) -> None:
    planned = plan(seed)
    delays = {p.identity.mac: settings_of(p).delay for p in planned.phones}

    assert [deed for deed in planned.deeds if deed.phone not in delays] == []
    assert all(deed.at > 0 for deed in planned.deeds)
    assert all(deed.at + delays[deed.phone] < planned.duration for deed in planned.deeds)


@pytest.mark.parametrize("seed", SEEDS)
def test_phone_that_is_running_has_a_period_that_ends_within_the_run(seed: int) -> None:
    planned = plan(seed)
    since = [p.running_since for p in planned.phones if p.running_since is not None]

    assert len(since) == 3
    assert all(-1800.0 <= moment <= 0.0 for moment in since)


@pytest.mark.parametrize(
    "deed", [deed for deed in PLAN.deeds if isinstance(deed.act, Change)], ids=lambda deed: deed.at
)
def test_every_change_is_one(deed: Deed) -> None:
    assert isinstance(deed.act, Change)
    (phone,) = (p for p in PLAN.phones if p.identity.mac == deed.phone)
    store = ParameterStore(phone.baseline)
    checked = store.check(deed.act.values)

    assert (checked.refused, checked.warnings) == ((), ())
    assert store.change(checked.changes) == tuple(name for name, _ in deed.act.values)


def test_notify_has_the_credentials_that_its_phone_asks_for() -> None:
    asks = {p.identity.mac: p.baseline.view["Password_1_"] for p in PLAN.phones}

    for deed in PLAN.deeds:
        if isinstance(deed.act, Notify):
            assert deed.act.password == asks[deed.phone]


def test_secrets_stay_out_of_sight() -> None:
    assert "demo line password" not in repr(PLAN)
    assert "demo keying material" not in repr(PLAN)
