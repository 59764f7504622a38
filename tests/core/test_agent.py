import pytest

from mppsim.core.bookmarks import Bookmarks
from mppsim.core.events import (
    RESTART_EVENTS,
    DeltaAccepted,
    FactoryResetRequested,
    NotifyReceived,
    Origin,
    ParametersApplied,
    ParametersChanged,
    PhoneStarted,
    RestartRequested,
    ResyncFinished,
    RuleFault,
    UploadsFinished,
    ValueRefused,
    Warned,
)
from tests.support.timelines import DELTA, FULL, STATUS, AgentDriver, profile_of

REPORT = NotifyReceived("report")
ON_CHANGE = {"Report_Rule": DELTA, "Report_To_Server": "On Local Change"}
PERIODIC = {
    "Report_Rule": STATUS,
    "Report_To_Server": "Periodically",
    "Periodic_Upload_To_Server": "600",
}


def started(values=None, *quirks):
    """A phone that is up and has sent whatever its start made it send."""
    driver = AgentDriver(values, *quirks)
    driver.start()
    driver.deliver_all(0.0)
    return driver


# On Request: "only when an administrator sends a sip notify event, or the phone restarts".


def test_phone_reports_when_it_starts():
    driver = AgentDriver({"Report_Rule": FULL})

    assert driver.start() == ["trigger restart", "upload full"]


@pytest.mark.parametrize("mode", ["On Request", "On Local Change", "Periodically"])
def test_notify_makes_a_report_in_every_mode(mode):
    driver = started({"Report_Rule": FULL, "Report_To_Server": mode})

    assert driver.feed(REPORT, 5.0) == ["trigger notify", "upload full"]


def test_rules_are_obeyed_in_written_order():
    driver = started({"Report_Rule": f"{STATUS} {DELTA}"})

    assert driver.feed(REPORT, 5.0) == ["trigger notify", "upload status+delta()"]


@pytest.mark.parametrize(
    "values",
    [{}, {"Report_Rule": FULL, "Report_To_Server": "Never Report"}, {"Report_Rule": "[--delta"}],
    ids=["empty rule", "never", "nothing but a spoilt rule"],
)
def test_phone_without_anything_to_report_does_nothing_and_that_is_no_error(values):
    driver = AgentDriver(values)

    assert driver.start() == []
    assert driver.feed(REPORT, 1.0) == []
    assert driver.change(2.0, Station_Display_Name="Lobby") == []
    assert driver.agent.deadline is None


def test_notify_of_another_package_makes_no_report():
    driver = started({"Report_Rule": FULL})

    assert driver.feed(NotifyReceived("prt-gen"), 5.0) == []


def test_spoilt_rule_is_told_with_its_column_and_spares_the_other():
    driver = AgentDriver({"Report_Rule": f"[--delta --status]http://server/x {FULL}"})

    assert driver.start() == ["trigger restart", "upload full"]
    assert [type(notice) for notice in driver.notices] == [RuleFault]
    assert driver.notices[0].column == 10


def test_rule_provisioned_before_the_start_is_told_once():
    driver = AgentDriver()
    driver.feed(ResyncFinished(profile_of({"Report_Rule": "[--delta"})), 0.0)

    driver.start()

    assert [type(notice) for notice in driver.notices] == [ParametersApplied, RuleFault]


def test_profile_rule_that_holds_a_report_option_is_warned_of():
    driver = AgentDriver({"Profile_Rule": DELTA})

    driver.start()

    assert driver.notices == [Warned("Profile_Rule", driver.notices[0].reason)]
    assert "Report_Rule" in driver.notices[0].reason


# On Local Change: "The phone waits for a few seconds after a change is made".


def test_local_change_is_reported_after_the_delay():
    driver = started(ON_CHANGE)

    assert driver.change(100.0, Station_Display_Name="Lobby") == []
    assert driver.agent.deadline == 160.0
    assert driver.deadline() == ["trigger local_change", "upload delta(Station_Display_Name=Lobby)"]
    assert driver.agent.deadline is None


def test_phone_settles_when_its_wait_is_over_and_a_period_is_no_wait():
    waiting, periodic = started(ON_CHANGE), started(PERIODIC)
    waiting.change(100.0, Station_Display_Name="Lobby")

    assert waiting.agent.settles_at == 160.0
    assert (periodic.agent.settles_at, periodic.agent.deadline is None) == (None, False)


def test_phone_that_boots_settles_when_it_is_up():
    driver = started(ON_CHANGE, "boot_seconds=30")
    driver.feed(RestartRequested("User Triggered"), 100.0)

    assert driver.agent.settles_at == 130.0


def test_second_change_restarts_the_delay():
    driver = started(ON_CHANGE)
    driver.change(100.0, Station_Display_Name="Lobby")

    driver.change(130.0, Ringer_Volume="3")

    assert driver.agent.deadline == 190.0


def test_changes_within_the_delay_make_one_report():
    driver = started(ON_CHANGE)
    driver.change(100.0, Station_Display_Name="Lobby")
    driver.change(130.0, Station_Display_Name="Hall")

    assert driver.deadline() == ["trigger local_change", "upload delta(Station_Display_Name=Hall)"]


def test_endless_changes_are_reported_ten_delays_after_the_first():
    driver = started(ON_CHANGE)
    for second in range(0, 599, 30):
        driver.change(float(second), Station_Display_Name=f"Name {second}")

    assert driver.agent.deadline == 600.0


def test_batch_window_does_not_restart_the_delay():
    driver = started(ON_CHANGE, "change_window=batch")
    driver.change(100.0, Station_Display_Name="Lobby")

    driver.change(130.0, Station_Display_Name="Hall")

    assert driver.agent.deadline == 160.0


def test_value_set_to_what_it_is_already_is_no_change():
    driver = started(ON_CHANGE)
    driver.change(1.0, Station_Display_Name="Lobby")
    driver.deadline()
    driver.deliver_all(61.0)

    assert driver.change(100.0, Station_Display_Name="Lobby") == []
    assert driver.agent.deadline is None


def test_value_changed_there_and_back_is_sent_as_it_is_now():
    driver = started(ON_CHANGE)
    driver.change(1.0, Ringer_Volume="3")
    driver.change(2.0, Ringer_Volume="9")

    assert driver.deadline() == ["trigger local_change", "upload delta(Ringer_Volume=9)"]


def test_secret_alone_counts_as_nothing_changed():
    driver = started(ON_CHANGE)

    assert driver.change(1.0, User_Password="opensesame") == []
    assert driver.agent.deadline is None


def test_secret_never_leaves_in_a_delta():
    driver = started(ON_CHANGE)
    driver.change(1.0, User_Password="opensesame", Ringer_Volume="3")

    assert driver.deadline() == ["trigger local_change", "upload delta(Ringer_Volume=3)"]


def test_change_by_resync_is_no_local_change():
    driver = started(ON_CHANGE)

    driver.feed(ResyncFinished(profile_of({"Ringer_Volume": "3"})), 1.0)

    assert driver.agent.deadline is None
    assert driver.feed(REPORT, 2.0) == ["trigger notify", "upload delta()"]


def test_resync_of_a_name_that_still_waits_is_sent_with_its_newest_value():
    driver = started(ON_CHANGE)
    driver.change(1.0, Ringer_Volume="3")

    driver.feed(ResyncFinished(profile_of({"Ringer_Volume": "5"})), 2.0)

    assert driver.deadline() == ["trigger local_change", "upload delta(Ringer_Volume=5)"]


def test_resync_tells_what_it_refused_and_what_it_read_leniently():
    driver = started(ON_CHANGE)

    driver.feed(
        ResyncFinished(profile_of({"Upload_Delay_On_Local_Change": "5", "Nonsense": "1"})), 1.0
    )

    kinds = {type(notice): notice.name for notice in driver.notices}
    assert kinds == {ValueRefused: "Upload_Delay_On_Local_Change", Warned: "Nonsense"}


def test_notify_during_the_wait_carries_the_changes_and_the_wait_sends_nothing():
    driver = started(ON_CHANGE)
    driver.change(100.0, Ringer_Volume="3")

    assert driver.feed(REPORT, 120.0) == ["trigger notify", "upload delta(Ringer_Volume=3)"]
    driver.finish(121.0)
    assert driver.deadline() == []
    assert driver.agent.deadline is None


def test_request_with_nothing_changed_sends_an_empty_delta():
    driver = started(ON_CHANGE)

    assert driver.feed(REPORT, 1.0) == ["trigger notify", "upload delta()"]


def test_full_report_goes_out_on_local_change_too():
    driver = started({"Report_Rule": FULL, "Report_To_Server": "On Local Change"})
    driver.change(1.0, Ringer_Volume="3")

    assert driver.deadline() == ["trigger local_change", "upload full"]


def test_other_modes_do_not_wait_for_changes():
    driver = started({"Report_Rule": DELTA})

    driver.change(1.0, Ringer_Volume="3")

    assert driver.agent.deadline is None


# Settings changed while a delay or a period is running.


def test_leaving_on_local_change_drops_the_wait_but_not_the_changes():
    driver = started(ON_CHANGE)
    driver.change(100.0, Ringer_Volume="3")

    driver.change(110.0, Report_To_Server="On Request")

    assert driver.agent.deadline is None
    assert driver.feed(REPORT, 200.0) == [
        "trigger notify",
        "upload delta(Report_To_Server=On Request,Ringer_Volume=3)",
    ]


def test_wait_dropped_by_leaving_the_mode_does_not_come_back_with_it():
    driver = started(ON_CHANGE)
    driver.change(100.0, Ringer_Volume="3")
    driver.feed(ResyncFinished(profile_of({"Report_To_Server": "On Request"})), 110.0)

    driver.feed(ResyncFinished(profile_of({"Report_To_Server": "On Local Change"})), 120.0)

    assert driver.agent.deadline is None


def test_longer_delay_set_by_resync_counts_from_the_last_change():
    driver = started(ON_CHANGE)
    driver.change(100.0, Ringer_Volume="3")

    driver.feed(ResyncFinished(profile_of({"Upload_Delay_On_Local_Change": "90"})), 110.0)

    assert driver.agent.deadline == 190.0


def test_delay_shortened_past_its_end_is_due_at_once_and_not_in_the_past():
    driver = started(ON_CHANGE)
    driver.change(100.0, Ringer_Volume="3")

    driver.feed(ResyncFinished(profile_of({"Upload_Delay_On_Local_Change": "10"})), 150.0)

    assert driver.agent.deadline == 150.0


def test_shorter_period_counts_from_the_last_report():
    driver = started({**PERIODIC, "Periodic_Upload_To_Server": "3600"})

    driver.change(100.0, Periodic_Upload_To_Server="600")

    assert driver.agent.deadline == 600.0


def test_entering_periodically_starts_a_period():
    driver = started({"Report_Rule": STATUS})

    driver.change(1000.0, Report_To_Server="Periodically")

    assert driver.agent.deadline == 4600.0


def test_rule_set_on_a_periodic_phone_starts_a_period():
    driver = started({"Report_To_Server": "Periodically"})
    assert driver.agent.deadline is None

    driver.change(10_000.0, Report_Rule=STATUS)

    assert driver.agent.deadline == 13_600.0


def test_rule_set_on_the_page_is_told_when_it_cannot_be_read():
    driver = started()

    driver.change(1.0, Report_Rule="[--delta]")

    assert RuleFault in {type(notice) for notice in driver.notices}


# Periodically: "at regular intervals".


def test_period_is_counted_from_the_start():
    driver = started(PERIODIC)

    assert driver.agent.deadline == 600.0
    assert driver.deadline() == ["trigger periodic", "upload status"]
    assert driver.agent.deadline == 1200.0


def test_late_timer_does_not_make_a_slow_clock():
    driver = started(PERIODIC)

    driver.feed_deadline_at(607.0)

    assert driver.agent.deadline == 1200.0


def test_periods_slept_through_are_not_made_up_for():
    driver = started(PERIODIC)

    assert driver.feed_deadline_at(6010.0) == ["trigger periodic", "upload status"]
    assert driver.agent.deadline == 6600.0


def test_notify_does_not_move_the_period():
    driver = started(PERIODIC)

    driver.feed(REPORT, 300.0)

    assert driver.agent.deadline == 600.0


def test_running_phone_reports_first_at_the_end_of_its_period():
    driver = AgentDriver(PERIODIC, running_since=-250.0)

    assert driver.agent.deadline == 350.0
    assert driver.agent.is_up


def test_deadline_that_has_not_come_does_nothing():
    driver = started(PERIODIC)

    assert driver.feed_deadline_at(599.0) == []
    assert driver.agent.deadline == 600.0


# Busy: one run at a time, and one following.


def test_triggers_during_a_run_become_one_following_run():
    driver = started({"Report_Rule": FULL})
    driver.feed(REPORT, 1.0)

    assert driver.feed(REPORT, 2.0) == ["trigger notify"]
    assert driver.feed(REPORT, 3.0) == ["trigger notify"]
    assert driver.finish(4.0) == ["upload full"]
    assert driver.finish(5.0) == []


def test_change_during_a_run_waits_its_delay():
    driver = started(ON_CHANGE)
    driver.feed(REPORT, 100.0)

    assert driver.change(110.0, Ringer_Volume="3") == []
    assert driver.finish(120.0) == []
    assert driver.agent.deadline == 170.0


def test_delay_that_ends_during_a_run_makes_the_following_run():
    driver = started(ON_CHANGE)
    driver.feed(REPORT, 100.0)
    driver.change(110.0, Ringer_Volume="3")

    assert driver.deadline() == ["trigger local_change"]
    assert driver.change(175.0, Station_Display_Name="Lobby") == []
    assert driver.feed(REPORT, 176.0) == ["trigger notify"]
    assert driver.finish(180.0) == ["upload delta(Station_Display_Name=Lobby,Ringer_Volume=3)"]


def test_following_run_on_local_change_alone_sends_no_empty_delta():
    driver = started(ON_CHANGE)
    driver.change(100.0, Ringer_Volume="3")
    driver.deadline()
    driver.change(165.0, Ringer_Volume="4")
    driver.feed(REPORT, 166.0)
    driver.finish(170.0)

    assert driver.deadline() == ["trigger local_change"]
    assert driver.finish(226.0) == ["upload "]
    assert driver.finish(226.0) == []


# Bookmarks: the changes wait until a server has accepted them.


@pytest.mark.parametrize("reason", ["refused", "status-503", "cut", "timeout"])
def test_changes_of_a_failed_delta_wait_for_the_next(reason):
    driver = started(ON_CHANGE)
    driver.change(100.0, Ringer_Volume="3")
    driver.deadline()

    assert driver.finish(161.0, reason) == []
    assert driver.feed(REPORT, 200.0) == ["trigger notify", "upload delta(Ringer_Volume=3)"]


def test_second_report_does_not_repeat_what_the_first_sent():
    driver = started(ON_CHANGE)
    driver.change(100.0, Ringer_Volume="3")
    driver.deadline()
    driver.finish(161.0)
    driver.change(200.0, Station_Display_Name="Lobby")

    assert driver.deadline() == ["trigger local_change", "upload delta(Station_Display_Name=Lobby)"]


def test_change_made_while_its_delta_is_on_its_way_is_sent_next():
    driver = started(ON_CHANGE)
    driver.change(100.0, Ringer_Volume="3")
    driver.deadline()
    driver.change(160.5, Ringer_Volume="4")
    driver.finish(161.0)

    assert driver.deadline() == ["trigger local_change", "upload delta(Ringer_Volume=4)"]


def test_each_rule_has_its_own_bookmark():
    driver = started({"Report_Rule": f"{DELTA} [--delta]http://other/delta.xml"})
    driver.change(1.0, Ringer_Volume="3")
    driver.feed(REPORT, 2.0)
    driver.finish_each(3.0, None, "refused")

    assert driver.feed(REPORT, 4.0) == ["trigger notify", "upload delta()+delta(Ringer_Volume=3)"]


def test_bookmark_survives_an_edit_of_its_rule():
    driver = started(ON_CHANGE)
    driver.change(1.0, Ringer_Volume="3")
    driver.deadline()
    driver.finish(62.0)

    driver.feed(ResyncFinished(profile_of({"Report_Rule": "[--delta]http://new/d.xml"})), 70.0)

    assert driver.feed(REPORT, 80.0) == ["trigger notify", "upload delta()"]


def test_full_report_moves_no_bookmark():
    driver = started({"Report_Rule": FULL})
    driver.change(1.0, Ringer_Volume="3")
    driver.feed(REPORT, 2.0)
    driver.finish(3.0)

    driver.feed(ResyncFinished(profile_of({"Report_Rule": DELTA})), 4.0)

    assert driver.feed(REPORT, 5.0) == ["trigger notify", "upload delta(Ringer_Volume=3)"]


def test_delta_since_sync_repeats_until_the_phone_restarts():
    driver = started({"Report_Rule": DELTA}, "delta_base=sync")
    driver.change(1.0, Ringer_Volume="3")
    driver.feed(REPORT, 2.0)
    driver.finish(3.0)

    assert driver.feed(REPORT, 4.0) == ["trigger notify", "upload delta(Ringer_Volume=3)"]
    driver.finish(5.0)
    driver.feed(RestartRequested("User Triggered"), 6.0)
    assert driver.deadline() == ["up", "trigger restart", "upload delta()"]


def test_delta_since_sync_is_cleared_by_a_resync():
    driver = started({"Report_Rule": DELTA}, "delta_base=sync")
    driver.change(1.0, Ringer_Volume="3")

    driver.feed(ResyncFinished(profile_of({})), 2.0)

    assert driver.feed(REPORT, 3.0) == ["trigger notify", "upload delta()"]


# Restart.


@pytest.mark.parametrize("package", sorted(RESTART_EVENTS))
def test_notify_restarts_the_phone(package):
    driver = started({"Report_Rule": FULL})

    assert driver.feed(NotifyReceived(package), 10.0) == ["down: SIP Triggered"]
    assert not driver.agent.is_up
    assert driver.deadline() == ["up", "trigger restart", "upload full"]
    assert driver.agent.is_up


def test_restart_takes_as_long_as_the_release_boots():
    driver = started({"Report_Rule": FULL}, "boot_seconds=45")

    driver.feed(RestartRequested("User Triggered"), 10.0)

    assert driver.agent.deadline == 55.0


def test_restart_reports_the_changes_of_a_running_wait_once():
    driver = started(ON_CHANGE)
    driver.change(100.0, Ringer_Volume="3")
    driver.feed(RestartRequested("User Triggered"), 110.0)

    assert driver.deadline() == ["up", "trigger restart", "upload delta(Ringer_Volume=3)"]
    driver.finish(111.0)
    assert driver.agent.deadline is None


def test_restart_cuts_the_run_in_hand_and_loses_no_change():
    driver = started(ON_CHANGE, "boot_seconds=30")
    driver.change(100.0, Ringer_Volume="3")
    driver.deadline()

    assert driver.feed(RestartRequested("User Triggered"), 161.0) == ["down: User Triggered"]
    assert driver.finish(161.0, "cut") == []
    assert driver.deadline() == ["up", "trigger restart", "upload delta(Ringer_Volume=3)"]


def test_restart_starts_the_period_anew():
    driver = started(PERIODIC)
    driver.feed(RestartRequested("User Triggered"), 100.0)
    driver.deadline()

    assert driver.agent.deadline == 700.0


def test_restarted_phone_without_a_rule_rests():
    driver = started()
    driver.feed(RestartRequested("User Triggered"), 100.0)

    assert driver.deadline() == ["up"]
    assert driver.agent.is_up


def test_report_before_the_restart_is_sent_and_then_the_phone_goes_down():
    driver = started({"Report_Rule": FULL}, "restart_report=before")

    assert driver.feed(RestartRequested("User Triggered"), 10.0) == [
        "trigger restart",
        "upload full",
    ]
    assert driver.finish(11.0) == ["down: User Triggered"]
    assert driver.deadline() == ["up"]


def test_report_before_the_restart_waits_for_the_run_in_hand():
    driver = started({"Report_Rule": FULL}, "restart_report=before")
    driver.feed(REPORT, 9.0)

    assert driver.feed(RestartRequested("User Triggered"), 10.0) == ["trigger restart"]
    assert driver.finish(11.0) == ["upload full"]
    assert driver.feed(REPORT, 12.0) == ["trigger notify"]
    assert driver.finish(13.0) == ["upload full"]
    assert driver.finish(14.0) == ["down: User Triggered"]


def test_silent_phone_restarts_at_once_even_where_the_report_comes_before():
    driver = started({}, "restart_report=before")

    assert driver.feed(RestartRequested("User Triggered"), 10.0) == ["down: User Triggered"]


# Retries are off; where a release or a quirk has them, they are waited for.


def test_failure_is_not_retried_by_default():
    driver = started({"Report_Rule": FULL})
    driver.feed(REPORT, 1.0)

    driver.finish(2.0, "refused")

    assert driver.agent.deadline is None


def test_retry_sends_only_what_failed_after_each_delay_in_turn():
    driver = started({"Report_Rule": f"{FULL} {STATUS}"}, "retry_delays=30,60")
    driver.feed(REPORT, 1.0)
    driver.finish_each(2.0, None, "refused")

    assert driver.agent.deadline == 32.0
    assert driver.deadline() == ["upload status"]
    driver.finish(33.0, "refused")
    assert driver.agent.deadline == 93.0
    assert driver.deadline() == ["upload status"]
    driver.finish(94.0, "refused")
    assert driver.agent.deadline is None


def test_trigger_before_the_retry_takes_its_place():
    driver = started({"Report_Rule": f"{FULL} {STATUS}"}, "retry_delays=30")
    driver.feed(REPORT, 1.0)
    driver.finish_each(2.0, None, "refused")

    assert driver.feed(REPORT, 10.0) == ["trigger notify", "upload full+status"]
    driver.finish(11.0)
    assert driver.agent.deadline is None


def test_retry_and_a_trigger_of_the_same_moment_make_one_whole_run():
    driver = started({**PERIODIC, "Report_Rule": f"{FULL} {STATUS}"}, "retry_delays=30")
    driver.feed(REPORT, 568.0)
    driver.finish_each(570.0, None, "refused")

    assert driver.deadline() == ["trigger periodic", "upload full+status"]


@pytest.mark.parametrize("values", [{"Report_To_Server": "Never Report"}, {"Report_Rule": ""}])
def test_retry_is_given_up_when_reporting_is_switched_off(values):
    driver = started({"Report_Rule": FULL}, "retry_delays=30")
    driver.feed(REPORT, 1.0)
    driver.finish(2.0, "refused")

    driver.change(3.0, **values)

    assert driver.agent.deadline is None


def test_following_run_is_empty_when_reporting_is_switched_off_before_it():
    driver = started({"Report_Rule": FULL})
    driver.feed(REPORT, 1.0)
    driver.feed(REPORT, 2.0)
    driver.change(3.0, Report_To_Server="Never Report")

    driver.finish(4.0)

    assert driver.jobs == ()


def test_restart_forgets_the_retry():
    driver = started({"Report_Rule": FULL}, "retry_delays=30", "restart_report=before")
    driver.feed(REPORT, 1.0)
    driver.finish(2.0, "refused")
    driver.feed(RestartRequested("User Triggered"), 3.0)
    driver.finish(4.0, "refused")
    driver.deadline()

    assert driver.agent.deadline is None


# What a power failure must not take.


def actions_of(driver, event, at):
    return [type(action).__name__ for action in driver.agent.handle(event, now=at)]


def change_of(driver, **values):
    return ParametersChanged(driver.store.check(values).changes, Origin.PHONE)


def test_change_is_remembered_before_anybody_is_told():
    driver = started()

    assert actions_of(driver, change_of(driver, GPP_A="1"), 5.0) == ["Remember", "Tell"]
    assert actions_of(driver, change_of(driver, GPP_A="1"), 5.0) == []


def test_profile_is_remembered_before_anybody_is_told():
    driver = started()

    done = actions_of(driver, ResyncFinished(profile_of({"GPP_A": "1"})), 5.0)
    assert done == ["Remember", "Tell"]


def test_factory_reset_and_restart_are_remembered():
    driver = started(ON_CHANGE)

    done = actions_of(driver, FactoryResetRequested(), 5.0)
    assert done == ["Remember", "Tell", "GoDown", "Remember"]


def test_accepted_delta_is_remembered_while_the_rest_of_the_run_is_in_hand():
    driver = started({"Report_Rule": f"{DELTA} {STATUS}"})
    driver.change(1.0, GPP_A="1")
    driver.feed(REPORT, 2.0)
    delta, _ = driver.jobs

    assert actions_of(driver, DeltaAccepted(delta), 3.0) == ["Remember"]
    assert driver.agent.bookmarks == Bookmarks((1, 0), (1, 0))


@pytest.mark.parametrize("base", ["report", "sync"])
def test_profile_of_a_phone_that_is_off_leaves_what_waits(base):
    driver = AgentDriver({"Report_Rule": DELTA}, f"delta_base={base}")
    checked = driver.store.check({"GPP_A": "1"})
    driver.store.change(checked.changes)
    driver.feed(ResyncFinished(profile_of({"GPP_B": "2"})), 0.0)

    assert driver.start() == ["trigger restart", "upload delta(GPP_A=1)"]


# What is told, and what is a bug.


def test_applied_values_are_told_by_name_only():
    driver = started()

    driver.change(1.0, User_Password="opensesame")

    assert driver.notices == [ParametersApplied("phone", ("User_Password",))]


def test_pair_that_is_no_row_is_a_bug():
    driver = started()

    with pytest.raises(AssertionError, match="no row for DONE in IDLE"):
        driver.feed(UploadsFinished(()), 1.0)


def test_phone_cannot_start_twice():
    driver = started()

    with pytest.raises(AssertionError):
        driver.feed(PhoneStarted(), 1.0)


def test_factory_reset_forgets_the_rule_and_restarts_without_a_report():
    driver = started(ON_CHANGE)

    driver.change(5.0, GPP_A="1")
    told = driver.feed(FactoryResetRequested(), 10.0)

    assert told == ["down: Factory Reset"]
    assert driver.store["Report_Rule"] == ""
    assert driver.store.changed_since(0) == ()
    assert driver.feed(REPORT, 20.0) == []


def test_factory_reset_of_a_phone_from_the_factory_only_restarts_it():
    assert started().feed(FactoryResetRequested(), 5.0) == ["down: Factory Reset"]
