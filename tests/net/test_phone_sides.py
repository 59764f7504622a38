"""What a phone owns besides its reporting: nothing until it is needed."""

import pytest

from mppsim.core.events import ComeUp
from mppsim.core.resync_events import ResyncRequested
from mppsim.net.line_ports import LinePorts
from mppsim.net.phone_sides import PhoneSides, needs_sides
from mppsim.net.sip_endpoint import SipEndpoint
from tests.support.phone_desk import Desk
from tests.support.timelines import profile_of

RULE = {"Profile_Rule": "http://127.0.0.1:1/x.xml"}
LINE = {"User_ID_1_": "1001"}


def needed(desk: Desk, *, event: object = None, is_plugged: bool = False) -> bool:
    endpoint = SipEndpoint(lambda _l, _u: None, secret=b"0123456789abcdef")
    sip = LinePorts(endpoint) if is_plugged else None
    return needs_sides(desk.phone, desk.phone._store, event, sip)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "since", "event", "is_plugged", "expected"),
    [
        ({}, 0.0, None, True, False),
        ({}, 0.0, ResyncRequested(None), False, True),
        ({}, None, ResyncRequested(None), False, False),
        (RULE, 0.0, None, False, True),
        (RULE, None, None, False, False),
        (LINE, 0.0, None, True, True),
        (LINE, 0.0, None, False, False),
        (LINE, None, None, True, False),
        ({"Custom_CA_Rule": "http://127.0.0.1:1/ca.pem"}, None, None, False, True),
    ],
)
async def test_sides_are_needed_for_a_rule_a_line_or_a_wish(
    values: dict[str, str], since: float | None, event: object, is_plugged: bool, expected: bool
) -> None:
    desk = Desk(values, running_since=since)

    assert needed(desk, event=event, is_plugged=is_plugged) is expected


@pytest.mark.parametrize(
    ("values", "is_plugged", "expected"),
    [
        ({"GPP_A": "x"}, True, False),
        (RULE, False, True),
        (LINE, True, True),
        (LINE, False, False),
        ({"Custom_CA_Rule": "http://127.0.0.1:1/ca.pem"}, False, True),
    ],
)
async def test_sides_are_needed_for_what_a_phone_has_beyond_its_group(
    values: dict[str, str], is_plugged: bool, expected: bool
) -> None:
    desk = Desk(running_since=0.0)
    desk.phone._store.provision(profile_of(values))

    assert needed(desk, is_plugged=is_plugged) is expected


async def test_phone_that_has_put_its_groups_rule_out_needs_no_sides() -> None:
    desk = Desk(RULE, running_since=None)
    desk.phone._store.provision(profile_of({"Profile_Rule": ""}))
    desk.phone.switch_on()

    assert not needed(desk)


async def test_sides_that_are_not_needed_are_not_made() -> None:
    desk = Desk(running_since=0.0)
    phone = desk.phone
    sides = PhoneSides(phone, phone._store, phone._status, phone._macro, phone._surroundings)
    sides.begin(0.0)
    sides.share(ComeUp(), None)
    sides.cut()

    assert (sides.resync, sides.trust, sides.registration) == (None, None, None)
    assert sides.live.resync_state == 0
