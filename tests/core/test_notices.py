import pytest

from mppsim.core.events import Origin, ParametersApplied, RuleFault, Tell, ValueRefused, Warned
from mppsim.core.notices import PROFILE_RULES, provisioning_notices, settings_notices
from mppsim.core.settings import read_report_settings
from tests.support.timelines import DELTA, FULL, make_store, profile_of


def notices_of(values, names=None):
    value_of = make_store(values).__getitem__
    return [
        tell.notice for tell in settings_notices(read_report_settings(value_of), value_of, names)
    ]


def test_phone_with_good_rules_says_nothing():
    assert notices_of({"Report_Rule": DELTA}) == []


def test_spoilt_rule_is_told_with_its_column_from_one():
    (fault,) = notices_of({"Report_Rule": f"{FULL} [--delta"})

    assert fault == RuleFault(len(FULL) + 2, fault.reason)


def test_third_rule_is_warned_of():
    (warning,) = notices_of({"Report_Rule": f"{FULL} {DELTA} http://server/third"})

    assert isinstance(warning, Warned)
    assert warning.name == "Report_Rule"


TFTP = "tftp://server/x.xml"
IKM = {"IKM_HTTP_Encrypt_Content": "walrus"}


@pytest.mark.parametrize("rule", [TFTP, "TFTP://server/x.xml", "/x.xml", "server/x.xml"])
def test_ikm_over_tftp_is_warned_of_since_no_header_announces_it(rule):
    (warning,) = notices_of({"Report_Rule": f"{FULL} {rule}", **IKM})

    assert warning.name == "Report_Rule"
    assert "walrus" not in warning.reason
    assert "IKM_HTTP_Encrypt_Content" in warning.reason


@pytest.mark.parametrize(
    "values",
    [
        {"Report_Rule": TFTP},
        {"Report_Rule": f"[--key k]{TFTP}", **IKM},
        {"Report_Rule": FULL, **IKM},
        {"Report_Rule": "$A/x.xml", **IKM},
        {"Report_Rule": "$A://server/x.xml", **IKM},
    ],
)
def test_nothing_is_warned_of_where_the_server_can_tell(values):
    assert notices_of(values) == []


def test_ikm_over_tftp_is_told_again_only_where_one_of_the_two_changed():
    values = {"Report_Rule": TFTP, **IKM}

    assert len(notices_of(values, tuple(IKM))) == 1
    assert len(notices_of(values, ("Report_Rule",))) == 1
    assert notices_of(values, ("Ringer_Volume",)) == []


@pytest.mark.parametrize("name", PROFILE_RULES)
@pytest.mark.parametrize("rule", [DELTA, "[--status]http://server/status.xml"])
def test_report_rule_under_the_guides_mistaken_tag_is_warned_of(name, rule):
    (warning,) = notices_of({name: rule})

    assert warning.name == name
    assert "Report_Rule" in warning.reason


def test_only_what_changed_is_told_again():
    values = {"Report_Rule": "[--delta", "Profile_Rule": DELTA}

    assert notices_of(values, ("Ringer_Volume",)) == []
    assert [type(notice) for notice in notices_of(values, ("Report_Rule",))] == [RuleFault]
    assert [type(notice) for notice in notices_of(values, ("Profile_Rule",))] == [Warned]


def test_no_secret_of_a_spoilt_rule_is_told():
    notices = notices_of({"Report_Rule": '[--key "opensesame]http://server/x --pwd swordfish'})

    assert "opensesame" not in str(notices)
    assert "swordfish" not in str(notices)


def test_profile_is_told_as_refusals_warnings_and_applied_names():
    provisioned = make_store().provision(
        profile_of({"Periodic_Upload_To_Server": "1", "Nonsense": "1", "Ringer_Volume": "3"})
    )

    notices = [tell.notice for tell in provisioning_notices(provisioned)]

    assert [type(notice) for notice in notices] == [ValueRefused, Warned, ParametersApplied]
    assert notices[-1] == ParametersApplied(Origin.RESYNC, ("Ringer_Volume",))


def test_profile_that_changed_nothing_is_not_told_as_applied():
    assert list(provisioning_notices(make_store().provision(profile_of({})))) == []
    assert all(
        isinstance(tell, Tell)
        for tell in provisioning_notices(make_store().provision(profile_of({"Nonsense": "1"})))
    )
