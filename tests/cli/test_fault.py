"""Faults as the command line writes them."""

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from mppsim.cli.fault import parse_fault
from mppsim.server.faults import Fault, FaultKind

STATUS, DELAY, CUT, SLOW, REDIRECT, AUTH, DOWN = FaultKind


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("status:503=30%", Fault(kind=STATUS, value=503, share=0.3)),
        ("status:503=0.3", Fault(kind=STATUS, value=503, share=0.3)),
        ("status:500", Fault(kind=STATUS, value=500)),
        ("delay:2s=10%", Fault(kind=DELAY, value=2, share=0.1)),
        ("delay:150ms=1", Fault(kind=DELAY, value=0.15)),
        ("cut=5%", Fault(kind=CUT, share=0.05)),
        ("slow:1kB/s=10%", Fault(kind=SLOW, value=1000, share=0.1)),
        ("slow:2MB/s", Fault(kind=SLOW, value=2e6)),
        ("redirect", Fault(kind=REDIRECT, value=1)),
        ("redirect:6=0.5", Fault(kind=REDIRECT, value=6, share=0.5)),
        ("auth=100%", Fault(kind=AUTH)),
        ("down", Fault(kind=DOWN)),
        ("down@10m-20m", Fault(kind=DOWN, begins=600, ends=1200)),
        ("cut=5%@90s-", Fault(kind=CUT, share=0.05, begins=90)),
        ("cut=5%@-1h", Fault(kind=CUT, share=0.05, ends=3600)),
        ("cut@-", Fault(kind=CUT)),
    ],
)
def test_fault_is_read(text: str, fault: Fault) -> None:
    assert parse_fault(text) == fault
    assert parse_fault(str(fault)) == Fault(kind=fault.kind, value=fault.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "write KIND"),
        ("503=30%", "write KIND"),
        ("status:503=30%@10m", "write KIND"),
        ("crash=1", "there are status, delay, cut, slow, redirect, auth, down"),
        ("status=30%", "status needs a value: status:503"),
        ("status:99", "'99' is no number from 200 to 599"),
        ("status:abc", "'abc' is no number"),
        ("status:¾", "is no number"),
        ("delay=1", "delay needs a value: delay:2s"),
        ("delay:2", "'2' is no duration"),
        ("slow:0B/s", "'0B/s' is no rate"),
        ("slow:1", "'1' is no rate"),
        ("redirect:0", "'0' is no number from 1 to 99"),
        ("cut:1=1", "cut takes no value"),
        ("cut=30", "'30' is no share"),
        ("cut=-1", "'-1' is no share"),
        ("cut=nan", "'nan' is no share"),
        ("cut=101%", "'101%' is no share"),
        ("down=50%", "a server is down for everybody"),
        ("cut@x-y", "'x' is no duration"),
        ("cut@1m-1m", "it ends before it begins"),
    ],
)
def test_what_is_no_fault_is_refused_in_words(text: str, says: str) -> None:
    with pytest.raises(typer.BadParameter, match="--fault") as refused:
        parse_fault(text)

    assert says in str(refused.value)


@given(st.text())
def test_any_text_is_a_fault_or_refused(text: str) -> None:
    try:
        fault = parse_fault(text)
    except typer.BadParameter:
        return
    assert parse_fault(str(fault)).kind is fault.kind
