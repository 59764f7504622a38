import re

import pytest

from mppsim.core.events import (
    FAILURE_REASONS,
    Notice,
    Origin,
    ParametersApplied,
    RuleFault,
    TriggerFell,
    TriggerKind,
    ValueRefused,
    Warned,
)

NINE = tuple(f"GPP_{letter}" for letter in "ABCDEFGHI")


@pytest.mark.parametrize(
    ("notice", "line"),
    [
        (TriggerFell(TriggerKind.NOTIFY), "= trigger: notify"),
        (TriggerFell(TriggerKind.LOCAL_CHANGE), "= trigger: local change"),
        (ParametersApplied(Origin.PHONE, ("Ringer_Volume",)), "= set by phone: Ringer_Volume"),
        (ParametersApplied(Origin.PAGE, NINE[:2]), "= set by page: GPP_A, GPP_B"),
        (
            ParametersApplied(Origin.RESYNC, NINE[:8]),
            "= set by resync: GPP_A, GPP_B, GPP_C, GPP_D, GPP_E, GPP_F, GPP_G, GPP_H",
        ),
        (
            ParametersApplied(Origin.RESYNC, NINE * 300),
            "= set by resync: GPP_A, GPP_B, GPP_C, GPP_D, GPP_E, GPP_F, GPP_G, GPP_H"
            " and 2,692 more",
        ),
        (RuleFault(10, "a URL has to follow"), "! Report_Rule, column 10: a URL has to follow"),
        (
            ValueRefused("Ringer_Volume", "too loud"),
            "! Ringer_Volume: too loud; the old value stays",
        ),
        (Warned("Report_to_Server", "read as …"), "! warning: Report_to_Server: read as …"),
    ],
)
def test_notice_prints_itself_as_a_line(notice: Notice, line: str) -> None:
    assert str(notice) == line


def test_triggers_are_the_four_of_the_guide() -> None:
    # "an administrator sends a sip notify event, or the phone restarts", a change, an interval
    assert set(TriggerKind) == {"notify", "restart", "local_change", "periodic"}


def test_reasons_are_the_manuals() -> None:
    manual = {"timeout", "refused", "dns", "connect", "tls", "reset", "cut", "auth", "rule"}

    assert manual | {"bad-reply", "redirect-loop", "tftp", "no-tftp-server"} == FAILURE_REASONS
    assert [
        reason for reason in FAILURE_REASONS if not re.fullmatch(r"[a-z]+(-[a-z]+)*", reason)
    ] == ([])
