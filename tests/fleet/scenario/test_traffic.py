import pytest

from mppsim.errors import ScenarioError
from mppsim.fleet.scenario.overrides import Overrides
from mppsim.fleet.scenario.traffic import check_traffic, find_destinations
from tests.support.scenarios import plan

RULE = "fleet:\n  - {name: a, set: {Report_Rule: '%s'}}\n"


def refused(text: str, *allowed: str) -> list[str]:
    planned = plan(text, overrides=Overrides(allowed_hosts=allowed))
    try:
        check_traffic(planned)
    except ScenarioError as error:
        return list(error.faults)
    return []


@pytest.mark.parametrize(
    "text",
    [
        "server: http://127.0.0.1:8000",
        "server: http://localhost",
        RULE % "${server}/x",
        RULE % "http://127.9.9.9/x",
        "clock: {speed: max}\n" + RULE % "${server}/x",
        "clock: {speed: max}\nfleet: [{name: a, tftp: '${tftp}', set: {Report_Rule: /x}}]",
        "clock: {speed: max}\n"
        "fleet: [{name: a, set: {Proxy_1_: 127.0.0.1, User_ID_1_: 7, Syslog_Server: localhost}}]",
    ],
)
def test_this_machine_may_be_loaded(text: str) -> None:
    assert refused(text) == []


@pytest.mark.parametrize(
    ("text", "host", "sentence"),
    [
        (
            "server: http://example.com",
            "example.com",
            "example.com is not this machine (server); --yes-load example.com allows it",
        ),
        (
            RULE % "http://10.0.0.1/x",
            "10.0.0.1",
            "10.0.0.1 is not this machine (Report_Rule of a); --yes-load 10.0.0.1 allows it",
        ),
        (
            "clock: {speed: max}\nserver: http://127.0.0.1:8000",
            "127.0.0.1",
            "127.0.0.1 is not the embedded server, as speed: max needs it (server);"
            " --yes-load 127.0.0.1 allows it",
        ),
        (
            "clock: {speed: max}\n" + RULE % "http://127.0.0.1:1/x",
            "127.0.0.1",
            "127.0.0.1 is not the embedded server, as speed: max needs it (Report_Rule of a);"
            " --yes-load 127.0.0.1 allows it",
        ),
        (
            "server: http://127.0.0.1\nreadback: http://b.example.com/${mac}",
            "b.example.com",
            "b.example.com is not this machine (readback); --yes-load b.example.com allows it",
        ),
        (
            "notify: {event: 'resync;profile=http://n.example.com/x', groups: [lobby]}",
            "n.example.com",
            "n.example.com is not this machine (notify of lobby);"
            " --yes-load n.example.com allows it",
        ),
    ],
)
def test_any_other_host_has_to_be_named(text: str, host: str, sentence: str) -> None:
    assert refused(text) == [sentence]
    assert refused(text, "other.example.com") == [sentence]
    assert refused(text, host.upper()) == []


def test_all_offenders_are_listed_with_all_who_name_them() -> None:
    groups = "".join(
        f"  - {{name: g{n}, set: {{Report_Rule: 'http://a/x http://b/x'}}}}\n" for n in range(8)
    )

    assert refused(f"fleet:\n{groups}") == [
        f"{host} is not this machine (Report_Rule of g0, Report_Rule of g1, Report_Rule of g2,"
        " Report_Rule of g3, Report_Rule of g4, Report_Rule of g5 and 2 more);"
        f" --yes-load {host} allows it"
        for host in ("a", "b")
    ]


def test_hosts_that_are_too_many_to_be_checked_are_refused() -> None:
    text = "fleet: [{name: a, count: 20000, set: {Report_Rule: 'http://s${index}/'}}]"

    assert refused(text) == [
        "Report_Rule of a: each phone has a host of its own, and they are too many to be checked"
    ]


def test_groups_that_a_notify_does_not_reach_are_not_asked() -> None:
    text = (
        "fleet: [{name: a}, {name: b}]\nnotify: {event: 'resync;profile=http://n/x', groups: [b]}"
    )

    assert [found.named for found in find_destinations(plan(text))] == ["notify of b"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("fleet: [{name: a, tftp: '[::1]:69', set: {Report_Rule: /x}}]", "tftp of a"),
        (RULE % "http://$A/x', GPP_A: '[::1]:81", "Report_Rule of a"),
        ("fleet: [{name: a, set: {Proxy_1_: '[::1]', User_ID_1_: 7}}]", "Proxy_1_ of a"),
        ("notify: {event: 'resync;profile=http://[::1]/x', groups: [lobby]}", "notify of lobby"),
    ],
)
def test_phones_are_not_sent_to_an_address_of_ipv6(text: str, named: str) -> None:
    sentence = (
        f"[::1] is an IPv6 address, and phones have IPv4 ones ({named}); give the server's IPv4"
        " address, or its name"
    )

    assert refused(text) == refused(text, "::1") == [sentence]


def test_what_mppsim_reaches_itself_may_have_an_address_of_ipv6() -> None:
    text = "server: http://127.0.0.1:81\nreadback: 'http://[::1]:81/${mac}'\n" + (
        RULE % "${server}/x', Syslog_Server: '::1"
    )

    assert refused(text) == []
