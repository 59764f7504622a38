from mppsim.core.macros import LiveState
from mppsim.core.resync_history import ResyncHistory
from mppsim.core.resync_schedule import ResyncReason
from mppsim.core.url import parse_url


def test_phone_that_did_nothing_counts_from_its_start() -> None:
    assert ResyncHistory(100.0).live(160.9) == LiveState(
        seconds_since_resync=60, seconds_since_upgrade=60
    )


def test_phone_tells_its_macros_what_happened() -> None:
    history = ResyncHistory(0.0)
    history.reason = ResyncReason.ASKED
    history.last_resync, history.last_upgrade = 10.0, 20.0
    history.request = parse_url("http://h:81/x")
    history.result = "file not found"
    history.upgrade_failures = 3
    history.upgrade_result = "empty"

    assert history.live(30.0) == LiveState(
        resync_state=-1,
        seconds_since_resync=20,
        upgrade_state=2,
        seconds_since_upgrade=10,
        upgrade_result="empty",
        request=parse_url("http://h:81/x"),
        request_ip="h",
        request_result="file not found",
    )
