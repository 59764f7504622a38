"""When a phone resyncs and upgrades: timelines of its agent."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.core.encryption import encrypt_key
from mppsim.core.events import DeadlineReached
from mppsim.core.macros import LiveState
from mppsim.core.resync import RESYNC_EVENTS
from mppsim.core.resync_events import ResyncEnded, UpgradeEnded
from tests.support.resync_timelines import ResyncDriver, profile_body

ONE = {"Profile_Rule": "http://h/$MA.xml", "Resync_Random_Delay": "2"}
TWO = {**ONE, "Profile_Rule_B": "http://h/b.xml"}
LOAD = "sip88xx.12-0-7MPP0301-92"
UPGRADE = {"Upgrade_Rule": f"http://h/{LOAD}.loads"}
FETCH = "fetch http://h/00562b000001.xml"


def started(values: dict[str, str]) -> ResyncDriver:
    """A phone that is up and waits."""
    driver = ResyncDriver(values)
    driver.start()
    return driver


def fetching(values: dict[str, str]) -> ResyncDriver:
    """A phone whose first fetch after power-up is in hand, at 20 s."""
    driver = started(values)
    driver.deadline()
    assert driver.job is not None
    return driver


def synced(values: dict[str, str]) -> ResyncDriver:
    """A phone that has resynced once, at 20 s."""
    driver = fetching(values)
    driver.serve(20.0)
    return driver


# After power-up.


def test_phone_resyncs_a_random_delay_after_it_has_come_up() -> None:
    driver = ResyncDriver(ONE)

    assert driver.start(100.0) == []
    assert driver.agent.deadline == 120.0  # the middle of two times 20 s
    assert driver.deadline() == [FETCH]
    assert driver.agent.deadline is None


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({}, id="the factory's rule alone"),
        pytest.param({"Profile_Rule": ""}, id="no rule"),
        pytest.param({"Profile_Rule": "[--delta]http://h/x"}, id="the guide's slip"),
        pytest.param({**ONE, "Resync_On_Reset": "No"}, id="not on reset"),
        pytest.param({**ONE, "Provision_Enable": "No"}, id="provisioning is disabled"),
    ],
)
def test_phone_that_is_not_to_resync_waits_for_nothing(values: dict[str, str]) -> None:
    driver = started(values)

    assert driver.agent.deadline is None


def test_restart_resyncs_again_and_forgets_what_was_in_hand() -> None:
    driver = fetching(ONE)

    assert driver.restart(30.0) == []
    assert driver.agent.deadline == 50.0
    assert driver.deadline() == [FETCH]


# A run.


def test_rules_are_obeyed_in_order_each_with_what_the_one_before_has_set() -> None:
    driver = fetching({**ONE, "Profile_Rule_B": "http://h/$A", "Profile_Rule_D": "http://h/d"})

    assert driver.serve(21.0, GPP_A="site7") == [
        "resync ok",
        "apply GPP_A=site7",
        "fetch http://h/site7",
    ]
    assert driver.serve(22.0) == ["resync ok", "apply ", "fetch http://h/d"]
    assert driver.serve(23.0) == ["resync ok", "apply "]
    assert driver.agent.deadline == 23.0 + 3600.0


def test_failure_ends_the_sequence_and_all_of_it_is_tried_again() -> None:
    driver = fetching(TWO)

    assert driver.fail(21.0) == ["resync connect"]
    assert driver.agent.deadline == 21.0 + 3600.0
    assert driver.deadline() == [FETCH]


def test_retries_follow_their_list_until_one_succeeds() -> None:
    driver = fetching({**ONE, "Resync_Error_Retry_Delay": "60,120+20", "Resync_Periodic": "1000"})
    waits = []
    for _ in range(3):
        now = 20.0
        driver.fail(now)
        waits.append((driver.agent.deadline or 0.0) - now)
        driver.deadline()
    driver.serve(20.0)

    assert waits == [60.0, 130.0, 130.0]
    assert driver.agent.deadline == 1020.0


def test_alternative_sets_parameters_before_it_fetches() -> None:
    rule = '("$A" ne "done")? (GPP_B = "$MA"; GPP_C="1";)! http://h/$B | http://h/later'
    driver = started({"Profile_Rule": rule, "GPP_B": "old"})

    assert driver.deadline() == ["apply GPP_B=00562b000001,GPP_C=1", "fetch http://h/old"]
    assert driver.serve(30.0, GPP_A="done") == ["resync ok", "apply GPP_A=done"]
    assert driver.notify(40.0) == ["fetch http://h/later"]


def test_alternative_that_only_sets_goes_on_with_the_next_rule() -> None:
    driver = started({"Profile_Rule": '(GPP_B = "1";)!', "Profile_Rule_C": "http://h/$B"})

    assert driver.deadline() == ["apply GPP_B=1", "fetch http://h/1"]


def test_rule_without_a_true_alternative_is_skipped() -> None:
    driver = started({"Profile_Rule": "(1 eq 2)? /x", "Profile_Rule_B": "(1 eq 1)? | /y"})

    assert driver.deadline() == []
    assert driver.agent.deadline == 20.0 + 3600.0


@pytest.mark.parametrize(
    ("rule", "detail"),
    [
        ("http://a | http://b", "Profile_Rule, column 12: only the last"),
        ('("1" eq 1)? http://a', "Profile_Rule, column 2: texts are not compared"),
        ("ftp://a/b", "Profile_Rule, the URL: "),
        ("http://$A", "Profile_Rule, the URL: no server name"),
    ],
)
def test_rule_that_cannot_be_obeyed_is_a_failure_that_says_why(rule: str, detail: str) -> None:
    driver = started({"Profile_Rule": rule, "Profile_Rule_B": "http://h/b.xml"})

    assert driver.deadline() == ["resync rule"]
    assert isinstance(driver.notices[0], ResyncEnded)
    assert driver.notices[0].detail.startswith(detail)
    assert driver.agent.deadline == 20.0 + 3600.0


def test_option_that_means_nothing_is_warned_of() -> None:
    driver = started({"Profile_Rule": "[--post a --key test]http://h/x"})

    assert driver.deadline() == ["warned Profile_Rule", "fetch http://h/x"]


# What was fetched.


@pytest.mark.parametrize(
    ("body", "result"),
    [
        (b"", "profile"),
        (b"<flat-profile><GPP_A>1</GPP_A>", "profile"),
        (b"hello", "profile"),
        (gzip.compress(bytes(1 << 22)), "profile"),
        (encrypt_key(profile_body(GPP_A="1"), "x", digest="md5", random_bytes=bytes), "encryption"),
    ],
    ids=["empty", "truncated", "no XML", "a bomb", "encrypted"],
)
def test_file_that_is_no_profile_changes_nothing_and_is_fetched_again(
    body: bytes, result: str
) -> None:
    driver = fetching({**ONE, "GPP_A": "kept", "Resync_Error_Retry_Delay": "60"})

    assert driver.bring(30.0, body) == [f"resync {result}"]
    assert driver.store["GPP_A"] == "kept"
    assert driver.agent.deadline == 90.0


def test_key_of_the_rule_opens_the_profile() -> None:
    driver = fetching({"Profile_Rule": "[--key $SA]http://h/x", "GPP_SA": "test123"})
    body = encrypt_key(profile_body(GPP_A="1"), "test123", digest="md5", random_bytes=bytes)

    assert driver.bring(30.0, body) == ["resync ok", "apply GPP_A=1"]


def test_content_coding_is_undone() -> None:
    driver = fetching(ONE)

    assert driver.bring(30.0, gzip.compress(profile_body(GPP_A="1")), "gzip") == [
        "resync ok",
        "apply GPP_A=1",
    ]


def test_missing_file_is_a_failure() -> None:
    driver = fetching(TWO)

    assert driver.fail(30.0, "status-404") == ["resync status-404"]


def test_missing_file_counts_as_success_where_it_does_not_fail() -> None:
    driver = fetching({**TWO, "Resync_Fails_On_FNF": "No"})

    assert driver.fail(30.0, "status-404") == ["resync ok", "fetch http://h/b.xml"]
    assert driver.fail(31.0, "status-404") == ["resync ok"]
    assert driver.agent.deadline == 31.0 + 3600.0


def test_job_has_what_the_rule_says() -> None:
    driver = fetching(
        {"Profile_Rule": "[--key k --uid $MA --pwd $SB]http://joe:pw@h/", "GPP_SB": "s"}
    )
    job = driver.job

    assert job is not None
    assert (job.key, job.user, job.password) == ("k", "00562b000001", "s")
    assert job.user_agent == "Cisco-CP-8851-3PCC/12.0.7 (00562b000001)"
    assert job.name == "Profile_Rule"


def test_credentials_of_the_url_count_where_the_rule_has_none() -> None:
    job = fetching({"Profile_Rule": "http://joe:pw@h/"}).job

    assert job is not None
    assert (job.user, job.password) == ("joe", "pw")


# Periods, times of day, triggers.


def test_period_begins_with_the_first_success() -> None:
    driver = synced({**ONE, "Resync_Periodic": "60,120"})

    assert driver.agent.deadline == 80.0
    driver.deadline()
    driver.serve(80.0)
    assert driver.agent.deadline == 200.0


def test_changed_period_counts_at_once() -> None:
    driver = synced(ONE)

    driver.change(100.0, Resync_Periodic="600")

    assert driver.agent.deadline == 620.0


def test_period_of_0_ends_resyncing() -> None:
    assert synced({**ONE, "Resync_Periodic": "0"}).agent.deadline is None


def test_time_of_day_takes_the_place_of_the_period() -> None:
    at_one = {"Resync_At__HHmm_": "1300", "Time_Zone": "GMT", "Resync_At_Random_Delay": "120"}
    driver = synced({**ONE, **at_one})

    assert driver.agent.deadline == 3660.0
    driver.deadline()
    driver.serve(3661.0)
    assert driver.agent.deadline == 3660.0 + 86_400.0


def test_phone_that_does_not_resync_on_reset_waits_for_its_time_of_day() -> None:
    driver = started(
        {**ONE, "Resync_On_Reset": "No", "Resync_At__HHmm_": "1300", "Time_Zone": "GMT"}
    )

    assert driver.agent.deadline == 3600.0 + 300.0
    assert driver.deadline() == [FETCH]


def test_time_of_day_that_is_set_later_counts() -> None:
    driver = started({**ONE, "Resync_On_Reset": "No", "Time_Zone": "GMT"})

    driver.change(10.0, Resync_At__HHmm_="1300")

    assert driver.agent.deadline == 3900.0


@pytest.mark.parametrize(
    ("triggers", "runs"),
    [
        (("$PRVTMR ge 20", ""), True),
        (("$PRVTMR ge 21", ""), False),
        (("", "$PRVTMR ge 21"), False),
        (("$PRVTMR ge 21", "$PRVST eq 0"), True),
    ],
)
def test_triggers_gate_what_the_time_asks_for(triggers: tuple[str, str], runs: bool) -> None:
    first, second = triggers
    driver = started({**ONE, "Resync_Trigger_1": first, "Resync_Trigger_2": second})

    assert driver.deadline() == ([FETCH] if runs else [])
    assert driver.agent.deadline == (None if runs else 3620.0)


def test_trigger_that_cannot_be_read_counts_as_false_with_a_warning() -> None:
    driver = started({**ONE, "Resync_Trigger_1": "$PRVTMR > "})

    assert driver.deadline() == ["warned Resync_Trigger"]


def test_trigger_does_not_gate_what_somebody_asks_for() -> None:
    driver = started({**ONE, "Resync_Trigger_1": "1 eq 2"})

    assert driver.notify(5.0) == [FETCH]


# Asked for.


@pytest.mark.parametrize("event", sorted(RESYNC_EVENTS))
def test_notify_makes_a_resync_at_once(event: str) -> None:
    assert synced(ONE).notify(100.0, event) == [FETCH]


def test_notify_of_another_package_makes_none() -> None:
    assert synced(ONE).notify(100.0, "report") == []


def test_notify_may_bring_a_rule_for_this_once() -> None:
    driver = synced(ONE)

    assert driver.notify(100.0, profile="[--key k]http://h/once") == ["fetch http://h/once"]
    assert driver.fail(101.0) == ["resync connect"]
    assert driver.agent.deadline == 3620.0  # the phone's own schedule goes on


def test_notify_makes_no_resync_where_it_may_not() -> None:
    driver = synced({**ONE, "Resync_From_SIP": "No"})

    assert driver.notify(100.0) == ["warned Resync_From_SIP"]
    assert driver.request(100.0) == [FETCH]


def test_nobody_makes_a_resync_where_provisioning_is_disabled() -> None:
    driver = started({**ONE, "Provision_Enable": "No"})

    assert driver.notify(100.0) == ["warned Provision_Enable"]
    assert driver.request(100.0) == ["warned Provision_Enable"]


def test_request_without_any_rule_says_that_there_is_nothing_to_do() -> None:
    driver = started({})

    assert driver.request(100.0) == ["resync nothing"]


def test_request_on_the_page_may_give_a_rule_even_the_factorys() -> None:
    assert started({}).request(100.0, "/$PSN.xml") == ["fetch /8851-3PCC.xml"]


def test_what_is_asked_for_meanwhile_follows_once() -> None:
    driver = fetching(TWO)

    assert driver.request(21.0) == []
    assert driver.request(22.0, "http://h/once") == []
    assert driver.serve(23.0) == ["resync ok", "apply ", "fetch http://h/b.xml"]
    assert driver.serve(24.0) == ["resync ok", "apply ", "fetch http://h/once"]
    assert driver.serve(25.0) == ["resync ok", "apply "]


def test_asked_for_resync_that_fails_is_tried_again() -> None:
    driver = synced({**ONE, "Resync_Error_Retry_Delay": "60"})
    driver.notify(100.0)
    driver.fail(101.0)

    assert driver.agent.deadline == 161.0


# Rules that change.


def test_phone_that_was_given_other_rules_resyncs_as_after_a_restart() -> None:
    driver = fetching(ONE)

    driver.serve(30.0, Profile_Rule="http://h/second")

    assert driver.agent.deadline == 50.0
    assert driver.deadline() == ["fetch http://h/second"]
    driver.serve(51.0, Profile_Rule="http://h/second")
    assert driver.agent.deadline == 51.0 + 3600.0


def test_rule_that_the_same_run_has_obeyed_is_no_other_rule() -> None:
    driver = fetching(ONE)

    driver.serve(30.0, Profile_Rule_B="http://h/b")
    driver.serve(31.0)

    assert driver.agent.deadline == 31.0 + 3600.0


def test_rules_that_change_each_other_for_ever_are_obeyed_for_a_while() -> None:
    driver = fetching(ONE)
    for number in range(6):
        driver.serve(20.0, Profile_Rule=f"http://h/{number}")
        assert driver.agent.deadline is not None
        if driver.agent.deadline > 1000.0:
            break
        driver.deadline()

    assert number == 5


def test_local_change_of_a_rule_counts_too() -> None:
    driver = started({})

    assert driver.change(100.0, Profile_Rule="http://h/x") == []
    assert driver.agent.deadline == 120.0


def test_phone_that_does_not_resync_on_reset_does_not_for_another_rule() -> None:
    driver = started({**ONE, "Resync_On_Reset": "No"})

    driver.change(100.0, Profile_Rule="http://h/x")

    assert driver.agent.deadline is None


def test_every_local_change_of_a_rule_counts() -> None:
    driver = started({})

    waits = []
    for number in range(9):
        driver.change(100.0 * number, Profile_Rule=f"http://h/{number}")
        waits.append((driver.agent.deadline or 0.0) - 100.0 * number)

    assert waits == [20.0] * 9


def test_values_that_come_after_a_run_are_no_part_of_it() -> None:
    driver = synced({**ONE, "Upgrade_Enable": "No"})

    assert driver.change(100.0, GPP_A="1") == []
    assert driver.provision(101.0, GPP_A="2") == []


def test_rule_that_is_taken_away_is_not_waited_for() -> None:
    driver = started({**ONE, "Resync_On_Reset": "No"})

    driver.change(100.0, Profile_Rule="")

    assert driver.agent.deadline is None


def test_values_that_are_provisioned_before_the_start_are_no_change() -> None:
    driver = ResyncDriver()
    driver.provision(0.0, **ONE)

    driver.start(10.0)

    assert driver.agent.deadline == 30.0


def test_change_while_a_fetch_is_in_hand_counts_after_it() -> None:
    driver = fetching(ONE)

    assert driver.change(21.0, Profile_Rule="http://h/x", Resync_Periodic="60") == []
    assert driver.provision(22.0, GPP_A="1") == []
    driver.serve(23.0)

    assert driver.agent.deadline == 43.0


# Upgrades.


def test_phone_upgrades_when_it_has_come_up_and_restarts_with_the_new_load() -> None:
    driver = ResyncDriver(UPGRADE)

    assert driver.start() == [f"fetch http://h/{LOAD}.loads"]
    assert driver.bring(1.0, b"files") == ["upgrade ok", "restart: Upgrade"]
    assert driver.restart(2.0) == [f"install {LOAD}"]
    assert driver.store.view.baseline.release.load == LOAD
    assert driver.restart(3.0) == []


def test_upgrade_follows_the_resync_even_one_that_failed() -> None:
    driver = fetching({**ONE, **UPGRADE})

    assert driver.fail(30.0) == ["resync connect", f"fetch http://h/{LOAD}.loads"]


def test_resync_may_bring_the_upgrade() -> None:
    driver = fetching(ONE)

    assert driver.serve(30.0, **UPGRADE)[-1] == f"fetch http://h/{LOAD}.loads"


def test_changed_upgrade_rule_is_obeyed_at_once() -> None:
    driver = started({})

    assert driver.change(10.0, **UPGRADE) == [f"fetch http://h/{LOAD}.loads"]


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({**UPGRADE, "Upgrade_Enable": "No"}, id="upgrades are disabled"),
        pytest.param(
            {"Upgrade_Rule": "http://h/sip88xx.12-0-7MPP0201-66.loads"}, id="it has that load"
        ),
        pytest.param({"Upgrade_Rule": f"(1 eq 2)? http://h/{LOAD}.loads"}, id="its condition"),
    ],
)
def test_phone_that_is_not_to_upgrade_fetches_nothing(values: dict[str, str]) -> None:
    assert ResyncDriver(values).start() == []


def test_upgrade_rule_compares_versions() -> None:
    rule = f"($SWVER lt {LOAD})? http://h/{LOAD}.loads"

    assert ResyncDriver({"Upgrade_Rule": rule}).start() == [f"fetch http://h/{LOAD}.loads"]


@pytest.mark.parametrize(
    ("body", "reason", "result"),
    [(b"<html>", None, "firmware"), (b"", None, "firmware"), (b"", "status-404", "status-404")],
)
def test_failed_upgrade_is_tried_again_after_its_own_delay(
    body: bytes, reason: str | None, result: str
) -> None:
    driver = ResyncDriver({**UPGRADE, "Upgrade_Error_Retry_Delay": "60"})
    driver.start()

    words = driver.fail(1.0, reason) if reason else driver.bring(1.0, body)

    assert words == [f"upgrade {result}"]
    assert driver.agent.deadline == 61.0
    assert driver.deadline() == [f"fetch http://h/{LOAD}.loads"]


def test_load_that_failed_is_not_fetched_again_by_every_resync() -> None:
    driver = fetching({**ONE, **UPGRADE})
    driver.serve(30.0)
    driver.fail(31.0)

    driver.notify(40.0)

    assert driver.serve(41.0) == ["resync ok", "apply "]


def test_upgrade_rule_that_cannot_be_obeyed_is_told_once() -> None:
    driver = fetching({**ONE, "Upgrade_Rule": "/x.loads"})

    assert driver.serve(30.0) == ["resync ok", "apply ", "upgrade rule"]
    driver.notify(40.0)
    assert driver.serve(41.0) == ["resync ok", "apply "]
    assert isinstance(driver.notices[1], UpgradeEnded)
    assert "names its server" in driver.notices[1].detail


def test_phone_resyncs_after_an_upgrade_even_if_not_on_reset() -> None:
    driver = ResyncDriver({**ONE, **UPGRADE, "Resync_On_Reset": "No"})
    driver.start()
    driver.bring(1.0, b"files")
    driver.restart(2.0)

    assert driver.agent.deadline == 22.0
    driver.restart(3.0)
    assert driver.agent.deadline is None


def test_phone_that_restarts_for_another_reason_first_installs_all_the_same() -> None:
    driver = ResyncDriver({**UPGRADE, "Resync_After_Upgrade_Attempt": "No"})
    driver.start()
    driver.bring(1.0, b"files")

    assert driver.restart(2.0) == [f"install {LOAD}"]


# What it says.


def test_log_has_a_request_and_a_result_for_each_file() -> None:
    driver = fetching({**ONE, **UPGRADE, "Syslog_Server": "10.0.0.9"})
    driver.serve(30.0)
    driver.fail(31.0, "dns")
    driver.notify(32.0)
    driver.fail(33.0, "status-503")

    assert driver.logged == [
        "Requesting resync http://h:80/00562b000001.xml",
        "Successful resync http://h:80/00562b000001.xml",
        f"Requesting upgrade http://h:80/{LOAD}.loads",
        "Upgrade failed: DNS query failed",
        "Requesting resync http://h:80/00562b000001.xml",
        "Resync failed: service unavailable",
    ]


def test_macros_know_why_and_how_long_ago() -> None:
    driver = synced({**ONE, "Resync_Error_Retry_Delay": "60"})
    driver.notify(100.0)
    asked = driver.agent.live(110.0)
    driver.fail(120.0)
    driver.deadline()
    retried = driver.agent.live(190.0)

    assert (asked.resync_state, asked.seconds_since_resync) == (-1, 90)
    assert (retried.resync_state, retried.seconds_since_resync) == (2, 70)


def test_phone_that_has_been_running_waits_for_its_period() -> None:
    driver = ResyncDriver(ONE, running_since=100.0)

    assert driver.agent.deadline == 3700.0
    assert driver.agent.live(160.0) == LiveState(seconds_since_resync=60, seconds_since_upgrade=60)
    assert driver.deadline() == [FETCH]


def test_deadline_that_fires_for_nothing_does_nothing() -> None:
    driver = synced(ONE)
    driver.change(100.0, Provision_Enable="No")

    assert driver.agent.deadline is None
    assert driver.feed(DeadlineReached(), 4000.0) == []


# Properties.

IN_HAND = {
    "serve": lambda driver, now: driver.serve(now, GPP_A=str(now)),
    "load": lambda driver, now: driver.bring(now, b"files"),
    "garbage": lambda driver, now: driver.bring(now, b"\x1f\x8b"),
    "fail": lambda driver, now: driver.fail(now),
    "missing": lambda driver, now: driver.fail(now, "status-404"),
}
ALWAYS = {
    "notify": lambda driver, now: driver.notify(now),
    "given": lambda driver, now: driver.request(now, "http://h/x"),
    "given nothing": lambda driver, now: driver.request(now, "(1 eq 2)? http://h/x"),
    "restart": lambda driver, now: driver.restart(now),
    "rule": lambda driver, now: driver.change(now, Profile_Rule=f"http://h/{now}"),
    "upgrade": lambda driver, now: driver.change(
        now, Upgrade_Rule=f"http://h/sip88xx.12-0-{int(now)}MPP-1.loads"
    ),
    "period": lambda driver, now: driver.change(now, Resync_Periodic=str(60 + int(now))),
    "wait": lambda driver, now: driver.deadline() if driver.agent.deadline else None,
}


@given(st.lists(st.sampled_from([*IN_HAND, *ALWAYS]), max_size=25))
def test_no_order_of_events_is_a_surprise(steps: list[str]) -> None:
    driver = started({**TWO, "Resync_Random_Delay": "0"})
    now = 0.0
    for step in steps:
        now = max(now, driver.agent.deadline or 0.0)
        if step in ALWAYS:
            ALWAYS[step](driver, now)
        elif driver.agent._run is not None:
            IN_HAND[step](driver, now)

        assert driver.agent.deadline is None or driver.agent.deadline >= now
        assert (driver.agent._run is None) or driver.agent.deadline is None
