"""What a phone remembers of its life, and what remembering costs."""

import sys

from mppsim.core.phone_status import CustomCaStatus, Happening, PhoneStatus, Traffic


def test_phone_that_did_nothing_costs_less_than_100_bytes() -> None:
    first, second = PhoneStatus(boot_time=0.0), PhoneStatus(boot_time=0.0)

    assert sys.getsizeof(first) < 100
    assert first.traffic is second.traffic


def test_traffic_of_one_phone_is_not_that_of_another() -> None:
    first, second = PhoneStatus(boot_time=0.0), PhoneStatus(boot_time=0.0)
    first.count_sip(500, 300)

    assert second.traffic == Traffic()


def test_sip_messages_are_counted_each_way() -> None:
    status = PhoneStatus(boot_time=0.0)
    status.count_sip(500, 300)
    status.count_sip(0, 200)
    status.count_sip(100, 0)

    assert status.traffic == Traffic(
        sip_received=2,
        sip_bytes_received=600,
        sip_sent=2,
        sip_bytes_sent=500,
        frames_received=2,
        frames_sent=2,
    )


def test_upload_counts_its_segments_and_their_acknowledgements() -> None:
    status = PhoneStatus(boot_time=0.0)
    status.count_upload(5 * 1448 + 1, 120)

    assert (status.traffic.frames_sent, status.traffic.frames_received) == (3 + 6 + 1, 3 + 1 + 3)


def test_restart_begins_to_count_anew() -> None:
    status = PhoneStatus(boot_time=0.0)
    status.count_sip(500, 300)
    status.record_restart("SIP Triggered", 40.0)

    assert status.traffic == Traffic()
    assert status.up_since == 40.0


def test_phone_that_just_runs_has_no_past() -> None:
    status = PhoneStatus(boot_time=0.0)
    status.record_start(5.0)
    status.count_sip(500, 300)
    assert not status.has_past

    status.record_restart("SIP Triggered", 40.0)
    assert status.has_past


def test_phone_that_boots_for_long_is_up_when_it_has_come_up() -> None:
    status = PhoneStatus(boot_time=0.0)
    status.record_restart("Upgrade", 40.0)
    status.record_start(100.0)

    assert status.up_since == 100.0
    assert status.reboots == (Happening(40.0, "Upgrade"),)


def test_last_five_restarts_are_kept_newest_first() -> None:
    status = PhoneStatus(boot_time=0.0)
    for at in range(7):
        status.record_restart("User Triggered", float(at))

    assert [happening.at for happening in status.reboots] == [6.0, 5.0, 4.0, 3.0, 2.0]


def test_last_three_resyncs_are_kept_newest_first_without_passwords() -> None:
    status = PhoneStatus(boot_time=0.0)
    for at in range(5):
        status.record_resync("http://u:hunter2@h/x.xml ok", float(at))

    assert [happening.at for happening in status.resyncs] == [4.0, 3.0, 2.0]
    assert "hunter2" not in str(status.resyncs)


def test_last_three_upgrades_are_kept_newest_first_without_passwords() -> None:
    status = PhoneStatus(boot_time=0.0)
    for at in range(5):
        status.record_upgrade("http://u:hunter2@h/x.loads ok", float(at))

    assert [happening.at for happening in status.upgrades] == [4.0, 3.0, 2.0]
    assert "hunter2" not in str(status.upgrades)


def test_custom_ca_and_its_last_fetch_are_remembered_each_for_itself() -> None:
    status = PhoneStatus(boot_time=0.0)
    nothing = status.custom_ca

    status.record_custom_ca(5.0, has_succeeded=True)
    status.trust("Acme CA")
    status.record_custom_ca(9.0, has_succeeded=False)

    assert status.custom_ca == CustomCaStatus("Acme CA", Happening(9.0, "failed"))
    status.trust("")
    assert status.custom_ca == CustomCaStatus("", Happening(9.0, "failed"))
    assert nothing == CustomCaStatus()


def test_phone_that_trusts_nothing_new_shares_its_status() -> None:
    one, other = (PhoneStatus(boot_time=0.0) for _ in range(2))
    one.trust("")

    assert one.custom_ca is other.custom_ca
