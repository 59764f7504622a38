from mppsim.core.resync_run import given_run, upgrade_run, whole_run
from mppsim.core.resync_schedule import ResyncReason

RULES = ["Profile_Rule", "Profile_Rule_B", "Profile_Rule_C", "Profile_Rule_D", "Upgrade_Rule"]


def test_whole_run_takes_the_rules_in_order_and_the_upgrade_last() -> None:
    run = whole_run(ResyncReason.PERIODIC)

    assert [run.take() for _ in RULES] == [(name, None) for name in RULES]
    assert run.names == ()


def test_given_rule_is_obeyed_once_in_place_of_the_phones_own() -> None:
    run = given_run("/x.xml")

    assert (run.take(), run.take()) == (("Profile_Rule", "/x.xml"), ("Upgrade_Rule", None))
    assert not run.is_whole
    assert run.reason is ResyncReason.ASKED


def test_run_of_the_upgrade_rule_is_no_resync() -> None:
    run = upgrade_run()

    assert run.names == ("Upgrade_Rule",)
    assert run.reason is None


def test_failure_ends_the_sequence_but_for_the_upgrade() -> None:
    run = whole_run(ResyncReason.POWER_UP)
    run.take()

    run.fail()

    assert run.has_failed
    assert run.names == ("Upgrade_Rule",)
