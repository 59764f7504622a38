import pytest

from tests.support.scenarios import faults, plan, read


def server(text: str) -> str:
    return f"server: {{embedded: {{{text}}}}}"


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("status: 503", "status"),
        ("delay: 2s", "delay"),
        ("cut: true", "cut"),
        ("slow: 2 kB/s", "slow"),
        ("redirect: true", "redirect"),
        ("redirect: 3", "redirect"),
        ("auth: true", "auth"),
        ("down: true", "down"),
    ],
)
def test_fault_is_one_of_seven(written: str, kind: str) -> None:
    embedded = plan(server(f"faults: [{{{written}}}]")).embedded
    assert embedded is not None

    assert [fault.kind for fault in embedded.faults] == [kind]


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("faults: [{share: 10%}]", "write exactly one of status, delay, cut, slow, redirect,"),
        ("faults: [{status: 503, cut: true}]", "write exactly one of"),
        ("faults: [{status: 503, from: 10m, to: 5m}]", "it ends before it begins"),
        ("faults: [{down: true, share: 50%}]", "a server is down for everybody"),
        ("faults: [{down: false}]", "False is not one of True"),
        ("faults: [{status: 99}]", "99 is not greater than or equal to 200"),
        ("faults: [{redirect: 100}]", "100 is not less than or equal to 99"),
        ("user: a", "user and password go together"),
        ("password: a", "user and password go together"),
        ("auth: digest", "auth asks for a user: add user and password"),
    ],
)
def test_what_makes_no_server_is_refused(written: str, reason: str) -> None:
    assert reason in "\n".join(faults(server(written)))


def test_server_may_be_a_url_or_embedded() -> None:
    for text in ("server: embedded", "server: http://127.0.0.1:1", "server: {embedded: {}}", ""):
        assert read(text).scenario is not None
