import pytest

from mppsim.core.encryption import encrypt_ikm
from mppsim.core.profile import Profile, ProfileSetting
from mppsim.core.profile_body import BODY_LIMIT
from mppsim.core.resync_errand import (
    Errand,
    Verdict,
    is_fetched,
    judge_loads,
    judge_profile,
    plan_errand,
)
from mppsim.core.resync_events import FetchFinished, FetchJob
from mppsim.core.upgrade import LOADS_LIMIT
from mppsim.core.url import parse_url
from tests.support.resync_timelines import profile_body
from tests.support.timelines import make_store

MACROS = {"MA": "00562b000001", "VERSION": "phone", "SA": "s3cret"}
LOAD = "sip88xx.12-0-7MPP0301-92"


def plan(rule: str, name: str = "Profile_Rule") -> Errand:
    return plan_errand(name, rule, make_store().view, MACROS.get)


def fetched(body: bytes = b"", url: str = "http://h/x", **others: object) -> FetchFinished:
    job = FetchJob(name="Profile_Rule", url=parse_url(url), user_agent="phone", limit=1)
    return FetchFinished(job=job, body=body, **others)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("/$PSN.xml", False),
        ("", False),
        ("[--delta]http://h/x", False),
        ("[--status]http://h/x", False),
        ("http://h/x", True),
        ("/$MA.xml", True),
    ],
)
def test_rule_of_the_factory_and_the_guides_slip_are_never_fetched(
    rule: str, expected: bool
) -> None:
    assert is_fetched(make_store({"Profile_Rule": rule}).view, "Profile_Rule") is expected


def test_rule_becomes_a_job() -> None:
    errand = plan("[--key $SA --uid joe --post a](GPP)")

    assert errand.fault  # a URL is no parenthesis
    assert plan("[--key $SA --uid joe --post a]http://h/$MA") == Errand(
        job=FetchJob(
            name="Profile_Rule",
            url=parse_url("http://h/00562b000001"),
            user_agent="phone (00562b000001)",
            user="joe",
            key="s3cret",
            limit=BODY_LIMIT,
        ),
        ignored=("--post",),
    )


def test_credentials_of_the_url_count_where_the_rule_has_none() -> None:
    job = plan("http://joe:pw@h/x").job

    assert job is not None
    assert (job.user, job.password) == ("joe", "pw")


def test_credentials_of_the_rule_win_and_there_may_be_none() -> None:
    both, none = plan("[--uid ann --pwd x]http://joe:pw@h/x").job, plan("http://h/x").job

    assert both is not None
    assert none is not None
    assert (both.user, both.password) == ("ann", "x")
    assert (none.user, none.password) == (None, None)


def test_firmware_has_a_limit_of_its_own_and_names_its_server() -> None:
    job = plan("http://h/x.loads", "Upgrade_Rule").job

    assert job is not None
    assert job.limit == LOADS_LIMIT
    assert plan("/x.loads", "Upgrade_Rule").fault == (
        "Upgrade_Rule, the URL: an upgrade rule names its server"
    )


def test_rule_that_only_sets_has_no_job() -> None:
    assert plan('(GPP_A = "$MA";)!') == Errand(
        assigned=Profile((ProfileSetting(name="GPP_A", value="00562b000001"),))
    )


def test_rule_that_asks_for_nothing_is_an_empty_errand() -> None:
    assert plan("(1 eq 2)? /x") == Errand()


def test_fault_names_the_parameter_and_the_column() -> None:
    assert plan("(1 is 2)? /x").fault.startswith("Profile_Rule, column 4: ")


def test_option_that_holds_a_secret_is_hidden() -> None:
    assert plan("[--keys3cret]/x").ignored == ("--key***",)


def test_profile_is_opened_with_the_ikm_of_the_phone() -> None:
    body = encrypt_ikm(profile_body(GPP_A="1"), b"material", random_bytes=bytes)
    view = make_store({"IKM_HTTP_Encrypt_Content": "material"}).view

    verdict = judge_profile(fetched(body, coding="aes128gcm"), view, fails_when_missing=True)

    assert verdict == Verdict(
        result="ok", profile=Profile((ProfileSetting(name="GPP_A", value="1"),))
    )


@pytest.mark.parametrize(
    ("event", "verdict"),
    [
        (
            fetched(reason="status-404", is_missing=True),
            Verdict(result="status-404", detail="file not found"),
        ),
        (
            fetched(reason="dns"),
            Verdict(result="dns", detail="DNS query failed"),
        ),
        (
            fetched(b"Salted__"),
            Verdict(
                result="encryption",
                detail="corrupted file: encrypted with a key, and the rule has no --key",
            ),
        ),
        (
            fetched(b"hello"),
            Verdict(
                result="profile",
                detail="corrupted file: Profile_Rule, line 1: is not XML, which begins with"
                " <flat-profile>",
            ),
        ),
    ],
)
def test_what_went_wrong_is_told_in_a_word_and_in_a_sentence(
    event: FetchFinished, verdict: Verdict
) -> None:
    assert judge_profile(event, make_store().view, fails_when_missing=True) == verdict


@pytest.mark.parametrize(
    ("elements", "detail"),
    [
        ("<GPP_A>1</GPP_A><gpp_b>2</gpp_b>", ""),
        ("<No_Such>1</No_Such><GPP_A>1</GPP_A>", "no such parameter: No_Such"),
        (
            "<A0>1</A0><A1/><A0>2</A0><A2/><A3/><A4/>",
            "no such parameter: A0, A1, A2 and 2 more",
        ),
        ("<Ringer_Volume>99</Ringer_Volume>", "value not allowed: Ringer_Volume"),
        (
            "<Ringer_Volume>99</Ringer_Volume><No_Such/>",
            "no such parameter: No_Such; value not allowed: Ringer_Volume",
        ),
        (f"<{'N' * 200}/>", f"no such parameter: {'N' * 63}…"),
    ],
)
def test_profile_is_applied_but_for_what_is_named(elements: str, detail: str) -> None:
    event = fetched(f"<flat-profile>{elements}</flat-profile>".encode())

    verdict = judge_profile(event, make_store().view, fails_when_missing=True)

    assert (verdict.result, verdict.detail) == ("ok", detail)
    assert verdict.profile is not None


def test_server_that_says_why_is_quoted() -> None:
    said = "TFTP error 2: access violation"

    verdicts = [
        judge_profile(
            fetched(reason="tftp", detail=said), make_store().view, fails_when_missing=True
        ),
        judge_loads(fetched(reason="tftp", detail=said), make_store().view),
    ]

    assert verdicts == [Verdict(result="tftp", detail=said)] * 2


def test_missing_file_may_count_as_a_success() -> None:
    event = fetched(reason="status-404", is_missing=True)

    verdict = judge_profile(event, make_store().view, fails_when_missing=False)

    assert (verdict.result, verdict.profile) == ("ok", None)


@pytest.mark.parametrize(
    ("event", "result", "detail"),
    [
        (fetched(b"files", f"http://h/{LOAD}.loads"), "ok", LOAD),
        (fetched(reason="tls"), "tls", "connection error: TLS"),
        (fetched(b"", f"http://h/{LOAD}.loads"), "firmware", f"corrupted file: {LOAD} is empty"),
    ],
)
def test_load_is_checked(event: FetchFinished, result: str, detail: str) -> None:
    assert judge_loads(event, make_store().view) == Verdict(result=result, detail=detail)
