import re

import pytest

from mppsim.fleet.plan import EmbeddedPlan, FaultPlan, NotifyPlan
from mppsim.fleet.scenario.overrides import Overrides
from tests.support.scenarios import SERVER, faults, plan


def test_embedded_server_knows_what_it_was_told() -> None:
    planned = plan(
        "server: {embedded: {key: a, keys: [b, 007], ikm: c, user: u, password: p, auth: digest,"
        " keep_bodies: false, faults: [{delay: 2s, share: 10%, from: 1m, to: 2m}, {redirect: true},"
        " {slow: 2 kB/s}]}}"
    )

    assert planned.server == SERVER
    assert planned.embedded == EmbeddedPlan(
        keys=("a", "b", "007"),
        ikm="c",
        user="u",
        password="p",
        auth="digest",
        keeps_bodies=False,
        faults=(
            FaultPlan(kind="delay", value=2.0, share=0.1, begins=60.0, ends=120.0),
            FaultPlan(kind="redirect", value=1.0),
            FaultPlan(kind="slow", value=2000.0),
        ),
    )


@pytest.mark.parametrize(
    ("written", "server"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("HTTPS://Example.com/", "https://example.com"),
    ],
)
def test_foreign_server_is_its_scheme_and_place(written: str, server: str) -> None:
    planned = plan(f"server: {written}")

    assert (planned.server, planned.embedded) == (server, None)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("embeded", "no server; did you mean embedded?"),
        ("127.0.0.1:8000", "no path: it begins with a slash; write embedded, or http://HOST:PORT"),
        ("http://a/b", "no path here: it belongs into the values; write embedded, or"),
        ("http://u:s3cret@a", "no user here: Report_Rule has --uid and --pwd; write embedded, or"),
        ("tftp://a/", "a server is reached by http or https; write embedded, or"),
        ("http://[::1]:81", "the phones have IPv4 addresses: give the server's IPv4 address, or"),
        ("ftp://a/", "a report goes by tftp, http or https, and by nothing else; write embedded"),
    ],
)
def test_what_is_no_server_is_refused(written: str, reason: str) -> None:
    (fault,) = faults(f"server: {written}")

    assert re.match(r"s\.yaml:1:[0-9]+: server: ", fault)
    assert reason in fault
    assert "s3cret" not in fault


def test_target_is_a_server_too() -> None:
    assert faults("", overrides=Overrides(target="example.com")) == [
        "--target: no path: it begins with a slash; write http://HOST:PORT"
    ]


def test_server_of_ipv6_is_refused_at_its_address() -> None:
    reason = "the phones have IPv4 addresses: give the server's IPv4 address, or its name"

    assert faults("server: http://[::1]:8000") == [
        f"s.yaml:1:16: server: {reason}; write embedded, or http://HOST:PORT"
    ]
    assert faults("", overrides=Overrides(target="https://[2001:db8::1]")) == [
        f"--target: {reason}; write http://HOST:PORT"
    ]


def test_notify_is_planned() -> None:
    planned = plan(
        "notify:\n  - {event: report, every: 30m, share: 10%, rate: 50}\n"
        "  - {event: 'resync;profile=${server}/p', at: 0, groups: [lobby], user: 'u${index}',"
        " password: p}\n  - {at: 5m, every: 1h}\n  - {at: 0, every: 1h}\n"
    )

    assert planned.notifies == (
        NotifyPlan(every=1800.0, at=1800.0, share=0.1, rate=50.0),
        NotifyPlan(
            event=f"resync;profile={SERVER}/p", groups=("lobby",), user="u${index}", password="p"
        ),
        NotifyPlan(at=300.0, every=3600.0),
        NotifyPlan(at=0.0, every=3600.0),
    )


def test_one_notify_needs_no_list() -> None:
    assert plan("notify: {}").notifies == (NotifyPlan(),)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{event: reprot}", "1:17: notify.event: no phone knows 'reprot'; did you mean report"),
        ("{event: x}", "1:17: notify.event: no phone knows 'x'; phones know report, resync,"),
        ("[{groups: [lobbi]}]", "1:20: notify[0].groups[0]: no group 'lobbi'; did you mean lobby?"),
        ("{groups: [x]}", "1:19: notify.groups[0]: no group 'x'; there are lobby"),
        ("{password: p}", "1:20: notify.password: a password without a user: add user"),
        ("{user: '${foo}'}", "1:17: notify.user: ${foo} stands for nothing; there are"),
    ],
)
def test_notify_that_reaches_nobody_is_refused(written: str, expected: str) -> None:
    (fault,) = faults(f"notify: {written}")

    assert fault.startswith(f"s.yaml:{expected}")


def test_notify_for_groups_without_phones_is_left_out() -> None:
    text = "fleet: [{name: a, count: 99}, {name: b}]\nnotify: [{groups: [b]}, {groups: [a, b]}, {}]"

    assert [each.groups for each in plan(text, overrides=Overrides(phones=1)).notifies] == [
        ("a",),
        (),
    ]


def test_thresholds_are_read_with_when_they_are_judged() -> None:
    planned = plan(
        "thresholds:\n  - reports.failed==0\n"
        "  - {expr: latency.p99 < 250ms, after: 60s, abort: true}\n"
        "  - readback.missing == 0\n",
        overrides=Overrides(thresholds=("groups.lobby.reports.failed == 0",)),
    )

    assert planned.thresholds == (
        "reports.failed == 0",
        "latency.p99 < 250ms after 60s abort",
        "readback.missing == 0",
        "groups.lobby.reports.failed == 0",
    )


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("reports.faild == 0", "2:5: thresholds[0]: column 1: there is no figure reports.faild"),
        ("latency.p99 < 250", "2:19: thresholds[0]: column 15: a time needs a unit"),
        ("{expr: x < 1}", "2:12: thresholds[0].expr: column 1: there is no figure x"),
        ("groups.x.reports.failed == 0", "2:5: thresholds[0]: column 1: there is no figure"),
    ],
)
def test_expression_that_is_no_threshold_is_refused(written: str, expected: str) -> None:
    (fault,) = faults(f"thresholds:\n  - {written}")

    assert fault.startswith(f"s.yaml:{expected}")


def test_threshold_of_the_command_line_is_checked_too() -> None:
    (fault,) = faults("", overrides=Overrides(thresholds=("latency.p99",)))

    assert fault.startswith("--threshold: latency.p99: column ")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("${url}", "${url}"),
        ("${server}/held/${mac}?n=${index}", "http://127.0.0.1:81/held/${mac}?n=${index}"),
        ("http://127.0.0.1:82${path}", "http://127.0.0.1:82${path}"),
        ("", ""),
    ],
)
def test_reading_back_stays_a_template(written: str, expected: str) -> None:
    planned = plan(f'server: http://127.0.0.1:81\nreadback: "{written}"')

    assert planned.readback == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("${ulr}", "2:12: readback: ${ulr} stands for nothing; did you mean url?"),
        ("tftp://a/b", "2:11: readback: a server is read back by http or https"),
        ("http://a:x/", "2:11: readback: a port is a number"),
    ],
)
def test_what_cannot_be_read_back_is_refused(written: str, expected: str) -> None:
    (fault,) = faults(f'server: http://127.0.0.1:81\nreadback: "{written}"')

    assert fault == f"s.yaml:{expected}"


def test_template_waits_for_a_server_that_is_not_the_embedded_one() -> None:
    target = Overrides(target="http://127.0.0.1:81")

    assert plan("readback: ${url}").readback == ""
    assert plan("readback: ${url}", overrides=target).readback == "${url}"
    (fault,) = faults("readback: ${ulr}")
    assert fault == "s.yaml:1:11: readback: ${ulr} stands for nothing; did you mean url?"


UNREAD = (
    "nothing is read back from a server that is not the embedded one: add the line"
    ' readback: "${url}" (the URL where it gives out what it holds), or take this threshold out'
)


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("[readback.missing == 0]", "2:14: thresholds[0]: column 1"),
        (
            "[reports.failed == 0, {expr: readback.stale < 1, after: 1m}]",
            "2:42: thresholds[1].expr: column 1",
        ),
        ("[reports.failed/readback.checked < 1]", "2:29: thresholds[0]: column 16"),
    ],
)
def test_threshold_over_what_is_never_read_back_is_refused(written: str, place: str) -> None:
    text = f"duration: 1h\nthresholds: {written}\nserver: http://127.0.0.1:81\n"

    assert faults(text) == [f"s.yaml:{place}: {UNREAD}"]
    assert faults(f"{text}readback: ${{url}}") == []


def test_server_that_is_none_is_the_only_fault_of_what_would_be_read_back() -> None:
    (fault,) = faults("server: embeded\nthresholds: [readback.missing == 0]")

    assert "did you mean embedded" in fault


def test_target_asks_for_a_template_where_it_takes_the_embedded_server_away() -> None:
    target = Overrides(target="http://127.0.0.1:81", thresholds=("readback.missing == 0",))

    assert faults("", overrides=Overrides(thresholds=target.thresholds)) == []
    assert faults("thresholds: [readback.stale == 0]", overrides=target) == [
        f"s.yaml:1:14: thresholds[0]: column 1: {UNREAD}",
        f"--threshold: readback.missing == 0: column 1: {UNREAD}",
    ]
