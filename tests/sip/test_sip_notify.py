import re

import pytest
import sipmessage
from hypothesis import given
from hypothesis import strategies as st

from mppsim.sip.challenge import SipAccount
from mppsim.sip.notify import OBEYED_EVENTS, Answer, NotifyServer
from mppsim.sip.transaction import TIMER_J
from tests.support.sip_messages import SOURCE, authorize, make_notify, read_headers
from tests.support.sip_phone import NotedPhone

LOCAL = "192.0.2.7"
OPEN = SipAccount(user_id="1001", password="secret", realm="pbx.example", challenge=False)
LOCKED = SipAccount(user_id="1001", password="secret", realm="pbx.example")
VIA = "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK"


class Line:
    """A server for one phone, and the way to it."""

    def __init__(self, *accounts: SipAccount) -> None:
        self.phone: NotedPhone | None = NotedPhone(accounts=accounts)
        self.asked: list[tuple[str, str]] = []
        self.server: NotifyServer[NotedPhone] = NotifyServer(self._find, secret=b"0123456789abcdef")

    def _find(self, local: str, user: str) -> NotedPhone | None:
        self.asked.append((local, user))
        return self.phone

    def send(self, datagram: bytes, *, now: float = 0.0) -> Answer[NotedPhone]:
        answer = self.server.receive(datagram, SOURCE, local=LOCAL, now=now)
        if answer.datagram is not None:
            # The stranger reads every answer that any test gets.
            sipmessage.Response.parse(answer.datagram)
        return answer

    def code(self, datagram: bytes) -> int | None:
        return self.send(datagram).code


ASTERISK = b"""\
NOTIFY sip:1001@192.0.2.7:5060 SIP/2.0\r
Via: SIP/2.0/UDP 192.0.2.10:5060;rport;branch=z9hG4bKPj6d7a0f21-5b0e\r
From: <sip:asterisk@192.0.2.10>;tag=9d3f0bd6\r
To: <sip:1001@192.0.2.7>\r
Contact: <sip:asterisk@192.0.2.10:5060>\r
Call-ID: 0e1f8c64-6c2a\r
CSeq: 21364 NOTIFY\r
Event: report\r
Subscription-State: active\r
Allow-Events: message-summary, presence, dialog, refer\r
Max-Forwards: 70\r
User-Agent: Asterisk PBX 20.5.0\r
Content-Length:  0\r
\r
"""
KAMAILIO = b"""\
NOTIFY sip:1001@192.0.2.7 SIP/2.0\r
Via: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKcydzigwkX.0\r
To: <sip:1001@192.0.2.7>\r
From: <sip:kamailio@192.0.2.10>;tag=533cb9e91f4b999cf76861cbb9ed54ed\r
CSeq: 10 NOTIFY\r
Call-ID: 6c2a7fd-2719@192.0.2.10\r
Max-Forwards: 70\r
Content-Length: 0\r
User-Agent: kamailio (5.7.4 (x86_64/linux))\r
Event: report\r
Contact: <sip:192.0.2.10:5060>\r
\r
"""
FREEPBX = b"""\
NOTIFY sip:1001@192.0.2.7:5060 SIP/2.0\r
Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK3a41c9a1;rport\r
Max-Forwards: 70\r
From: "Unknown" <sip:Unknown@192.0.2.10>;tag=as4b0e24f4\r
To: <sip:1001@192.0.2.7:5060>\r
Contact: <sip:Unknown@192.0.2.10:5060>\r
Call-ID: 3a7f0f5f35a8@192.0.2.10:5060\r
CSeq: 102 NOTIFY\r
User-Agent: FPBX-16.0.40(18.9.0)\r
Date: Sun, 22 Nov 2026 15:00:00 GMT\r
Event: reboot_now\r
Subscription-State: terminated\r
Content-Length: 0\r
\r
"""
FREESWITCH = b"""\
NOTIFY sip:1001@192.0.2.7 SIP/2.0\r
v: SIP/2.0/UDP 192.0.2.10;rport;branch=z9hG4bK9N0cZ\r
f: <sip:1001@192.0.2.10>;tag=KXcg\r
t: <sip:1001@192.0.2.7>\r
i: 5a1c0c4e\r
CSeq: 7 NOTIFY\r
m: <sip:mod_sofia@192.0.2.10:5060>\r
o: Report;x=y\r
c: application/simple-message-summary\r
l: 5\r
\r
hello"""
SIPSAK = b"""\
NOTIFY sip:1001@192.0.2.7:5060 SIP/2.0
Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK.6d3c;rport;alias
From: sip:sipsak@192.0.2.10:5060;tag=1f2e
To: sip:1001@192.0.2.7:5060
Call-ID: 522071@192.0.2.10
CSeq: 1 NOTIFY
Event: report

"""


@pytest.mark.parametrize(
    ("datagram", "package"),
    [
        pytest.param(ASTERISK, "report", id="realistic: Asterisk pjsip_notify"),
        pytest.param(KAMAILIO, "report", id="realistic: Kamailio"),
        pytest.param(FREEPBX, "reboot_now", id="realistic: FreePBX, chan_sip"),
        pytest.param(FREESWITCH, "report", id="realistic: FreeSWITCH, compact, with a body"),
        pytest.param(SIPSAK, "report", id="realistic: sipsak, bare LF, no angle brackets"),
        pytest.param(make_notify(event="restart_now"), "restart_now", id="synthetic: warm restart"),
        pytest.param(make_notify(event=" REBOOT ; a=b"), "reboot", id="synthetic: case, parameter"),
        pytest.param(make_notify(event="resync"), "resync", id="realistic: Asterisk's sipura"),
        pytest.param(make_notify(event="check-sync"), "check-sync", id="realistic: Wazo"),
    ],
)
def test_event_is_obeyed(datagram: bytes, package: str) -> None:
    line = Line(OPEN)
    answer = line.send(datagram)

    assert (answer.code, answer.package, answer.obeyed) == (200, package, package)
    assert answer.phone is line.phone
    assert line.asked == [(LOCAL, "1001")]


@pytest.mark.parametrize(
    ("event", "obeyed"),
    [
        ("resync;profile=http://a/b", "resync;profile=http://a/b"),
        ("RESYNC ; Profile = http://a/b;v=1?x=2", "resync;profile=http://a/b;v=1?x=2"),
        ('resync;profile="http://a/b"', "resync;profile=http://a/b"),
        (
            "resync;profile=[--key k --uid u]http://a/b",
            "resync;profile=[--key k --uid u]http://a/b",
        ),
        ("resync;a=b;profile=tftp://a/b", "resync;profile=tftp://a/b"),
        ("resync;profile=", "resync"),
        ("resync;a=b", "resync"),
        ("report;profile=http://a/b", "report"),
    ],
)
def test_resync_may_name_a_profile(event: str, obeyed: str) -> None:
    answer = Line(OPEN).send(make_notify(event=event))

    assert (answer.code, answer.obeyed) == (200, obeyed)
    assert answer.package == obeyed.partition(";")[0]


@pytest.mark.parametrize(
    ("datagram", "code"),
    [
        pytest.param(make_notify(event="message-summary"), 489, id="realistic: MWI"),
        pytest.param(make_notify(event=""), 489, id="synthetic: empty event"),
        pytest.param(make_notify(event=None), 400, id="RFC 6665 8.2.1: no event"),
        pytest.param(make_notify(to="<sip:a@b>;tag=1"), 481, id="synthetic: in a dialog"),
        pytest.param(make_notify(via="SIP/2.0/UDP"), 400, id="pathological: malformed Via"),
        pytest.param(make_notify("Require: a", "Require: b"), 420, id="RFC 4475 bext01"),
        pytest.param(make_notify(start="NOTIFY sip:a@b SIP/3.0"), 505, id="RFC 4475 badvers"),
        pytest.param(make_notify(start="NOTIFY x:a@b SIP/2.0"), 416, id="RFC 4475 unkscm"),
    ],
)
def test_notify_that_is_not_obeyed_has_its_status(datagram: bytes, code: int) -> None:
    answer = Line(OPEN).send(datagram)

    assert (answer.code, answer.obeyed) == (code, None)
    assert answer.package is not None


def make_other(method: str, **headers: str) -> bytes:
    return make_notify(
        start=f"{method} sip:1001@192.0.2.7 SIP/2.0", cseq=f"1 {method}", event=None, **headers
    )


@pytest.mark.parametrize(
    ("datagram", "code"),
    [
        pytest.param(make_other("OPTIONS"), 200, id="realistic: OPTIONS ping"),
        pytest.param(
            make_other("OPTIONS", max_forwards="0"), 200, id="realistic: sipsak traceroute"
        ),
        pytest.param(make_other("OPTIONS", to="<sip:a@b>;tag=1"), 481, id="synthetic: in a dialog"),
        pytest.param(make_other("INVITE"), 405, id="realistic: INVITE"),
        pytest.param(make_other("REGISTER"), 405, id="realistic: REGISTER"),
        pytest.param(make_other("notify"), 405, id="RFC 3261 7.1: methods have their case"),
        pytest.param(make_other("!interesting-Method0123456789_*+`.%indeed'~"), 405, id="RFC 4475"),
        pytest.param(make_other("CANCEL"), 481, id="realistic: CANCEL"),
    ],
)
def test_other_method_has_its_status_and_is_no_notify(datagram: bytes, code: int) -> None:
    answer = Line(LOCKED).send(datagram)

    assert (answer.code, answer.package, answer.obeyed) == (code, None, None)


@pytest.mark.parametrize(
    "datagram",
    [
        pytest.param(b"", id="realistic: empty keepalive"),
        pytest.param(b"\r\n\r\n", id="realistic: keepalive"),
        pytest.param(b"jaK\0", id="realistic: another keepalive"),
        pytest.param(make_other("ACK"), id="RFC 3261 17.1.1.3: ACK is never answered"),
        pytest.param(make_notify("Require: x", start="ACK x"), id="pathological: malformed ACK"),
        pytest.param(b"SIP/2.0 200 OK\r\nVia: x\r\n\r\n", id="realistic: a response"),
        pytest.param(make_notify(via=None), id="RFC 4475 insuf: nowhere to answer to"),
    ],
)
def test_some_datagrams_get_silence(datagram: bytes) -> None:
    assert Line(OPEN).send(datagram) == Answer()


def test_phone_that_is_down_answers_nothing() -> None:
    line = Line(OPEN)
    assert line.phone is not None
    line.phone.is_up = False

    assert line.send(make_notify()) == Answer()
    assert line.send(make_notify(cseq="garbage")) == Answer()


def test_unknown_phone_is_not_found() -> None:
    line = Line()
    line.phone = None
    answers = [line.send(make_notify(to="<sip:a@b>;tag=1")), line.send(make_other("OPTIONS"))]

    assert [(answer.code, answer.phone) for answer in answers] == [(404, None), (404, None)]
    assert read_headers(answers[0].datagram or b"", "Server") == []


def test_options_says_what_the_phone_can_do() -> None:
    answer = Line(LOCKED).send(make_other("OPTIONS")).datagram or b""

    assert read_headers(answer, "Allow") == ["NOTIFY, OPTIONS"]
    assert read_headers(answer, "Allow-Events") == [", ".join(OBEYED_EVENTS)]
    assert read_headers(answer, "Accept") == ["*/*"]
    assert read_headers(answer, "Server") == ["Cisco-CP-8851-3PCC/12.0.7"]


@pytest.mark.parametrize(
    ("datagram", "name", "value"),
    [
        (make_other("INVITE"), "Allow", "NOTIFY, OPTIONS"),
        (make_notify(event="x"), "Allow-Events", ", ".join(OBEYED_EVENTS)),
        (make_notify("Require: a, b", "Require: c"), "Unsupported", "a, b, c"),
    ],
)
def test_refusal_says_what_would_do(datagram: bytes, name: str, value: str) -> None:
    assert read_headers(Line(OPEN).send(datagram).datagram or b"", name) == [value]


@pytest.mark.parametrize(
    ("datagram", "name"),
    [(make_notify(call_id=None), b"Call-ID"), (make_notify(cseq=None), b"CSeq")],
)
def test_malformed_request_is_told_what_is_wrong(datagram: bytes, name: bytes) -> None:
    answer = Line(OPEN).send(datagram).datagram or b""

    assert answer.startswith(b"SIP/2.0 400 Missing " + name + b" Header Field\r\n")


@pytest.mark.parametrize("account", [OPEN, LOCKED])
def test_retransmission_gets_the_same_answer_and_triggers_nothing(account: SipAccount) -> None:
    line = Line(account)
    first, again = line.send(make_notify()), line.send(make_notify(), now=TIMER_J - 1)

    assert again.datagram == first.datagram
    assert (again.code, again.package, again.obeyed) == (None, None, None)
    assert again.phone is line.phone


def test_transaction_is_new_after_timer_j() -> None:
    line = Line(OPEN)
    line.send(make_notify())

    assert line.send(make_notify(), now=TIMER_J).obeyed == "report"


def test_challenge_is_answered_with_a_new_branch_and_the_same_cseq() -> None:
    """Kamailio sends the second request so; RFC 3261 would have CSeq go up."""
    line = Line(LOCKED)
    refused = line.send(make_notify(via=VIA + "1"))
    challenge = read_headers(refused.datagram or b"", "WWW-Authenticate")[0]
    accepted = line.send(make_notify(authorize(challenge), via=VIA + "2"), now=1.0)

    assert (refused.code, refused.package, refused.obeyed) == (401, "report", None)
    assert (accepted.code, accepted.package, accepted.obeyed) == (200, "report", "report")


def test_credentials_in_a_new_transaction_are_stale_until_the_count_rises() -> None:
    line = Line(LOCKED)
    refused = line.send(make_notify(via=VIA + "1")).datagram or b""
    challenge = read_headers(refused, "WWW-Authenticate")[0]
    answers = [
        line.send(make_notify(authorize(challenge, nc=nc), via=f"{VIA}{branch}"), now=1.0)
        for branch, nc in [("2", "00000001"), ("3", "00000001"), ("2", "00000001"), ("4", "2")]
    ]
    stale = read_headers(answers[1].datagram or b"", "WWW-Authenticate")[0]

    assert [answer.obeyed for answer in answers] == ["report", None, None, "report"]
    assert [answer.code for answer in answers] == [200, 401, None, 200]
    assert stale.endswith("stale=true")
    assert "stale" not in challenge


def test_nonce_that_is_too_old_is_stale() -> None:
    line = Line(LOCKED)
    refused = line.send(make_notify(via=VIA + "1")).datagram or b""
    challenge = read_headers(refused, "WWW-Authenticate")[0]
    late = line.send(make_notify(authorize(challenge), via=VIA + "2"), now=60.5).datagram or b""

    assert read_headers(late, "WWW-Authenticate")[0].endswith("stale=true")


@pytest.mark.parametrize(
    ("accounts", "uri", "realm"),
    [
        pytest.param((LOCKED,), "sip:1001@h", "pbx.example", id="realistic: its line"),
        pytest.param((LOCKED,), "sip:h", "pbx.example", id="realistic: no user"),
        pytest.param((SipAccount(user_id="1", password="x"),), "sip:h", LOCAL, id="no realm"),
        pytest.param(
            (LOCKED, SipAccount(user_id="1002", password="x", realm="two")),
            "sip:1002@h",
            "two",
            id="realistic: the second line",
        ),
        pytest.param(
            (SipAccount(user_id=""), LOCKED, SipAccount(user_id="9", password="x", realm="two")),
            "sip:unknown@h",
            "pbx.example",
            id="synthetic: nobody's user, the first line with a password",
        ),
        pytest.param((), "sip:1001@h", None, id="synthetic: no line"),
        pytest.param((SipAccount(user_id="1001"), LOCKED), "sip:1001@h", None, id="no password"),
        pytest.param((OPEN, LOCKED), "sip:1001@h", None, id="realistic: Auth_Resync-Reboot No"),
    ],
)
def test_line_that_is_addressed_challenges(
    accounts: tuple[SipAccount, ...], uri: str, realm: str | None
) -> None:
    answer = Line(*accounts).send(make_notify(start=f"NOTIFY {uri} SIP/2.0")).datagram or b""
    challenges = read_headers(answer, "WWW-Authenticate")
    realms = [re.findall('realm="([^"]*)"', value)[0] for value in challenges]

    assert realms == ([] if realm is None else [realm])


def test_md5_is_offered_first_and_sha256_second() -> None:
    account = SipAccount(user_id="1001", password="secret", sha256=True)
    answer = Line(account).send(make_notify()).datagram or b""
    challenges = read_headers(answer, "WWW-Authenticate")

    assert [re.findall("algorithm=([^,]*)", value) for value in challenges] == [
        ["MD5"],
        ["SHA-256"],
    ]


def test_stranger_reads_the_same_from_a_challenge_as_we_wrote() -> None:
    account = SipAccount(user_id="1001", password="secret", realm="pbx", sha256=True)
    response = sipmessage.Response.parse(Line(account).send(ASTERISK).datagram or b"")

    assert (response.code, response.phrase) == (401, "Unauthorized")
    assert [str(via.parameters["rport"]) for via in response.via] == ["5060"]
    assert str(response.from_address) == "<sip:asterisk@192.0.2.10>;tag=9d3f0bd6"
    assert len(response.to_address.parameters["tag"] or "") == 16
    assert (response.call_id, str(response.cseq)) == ("0e1f8c64-6c2a", "21364 NOTIFY")
    challenge = response.www_authenticate
    assert challenge is not None
    assert (challenge.scheme, challenge.parameters["realm"]) == ("Digest", "pbx")


def test_hostile_package_name_is_cut_to_64_octets_of_ascii() -> None:
    answer = Line(OPEN).send(make_notify(event="\udcff\x01" + "x" * 5000))

    assert answer.package == "\\xff\x01" + "x" * 62


@given(
    st.binary(max_size=200)
    | st.text().map(lambda text: text.encode("utf-8", "replace"))
    | st.tuples(st.integers(0, 400), st.binary(max_size=9)).map(
        lambda cut: ASTERISK[: cut[0]] + cut[1] + ASTERISK[cut[0] + len(cut[1]) :]
    )
)
def test_any_datagram_gets_an_answer_or_silence(datagram: bytes) -> None:
    answer = NotifyServer(
        lambda _local, _user: NotedPhone(accounts=(LOCKED,)), secret=b"0123456789abcdef"
    ).receive(datagram, SOURCE, local=LOCAL, now=0.0)

    assert answer.datagram is None or answer.datagram.startswith(b"SIP/2.0 ")


SECOND = SipAccount(user_id="1002", password="other", realm="second.example", line=2)
FIRST = SipAccount(user_id="1001", password="secret", realm="first.example", line=1)


@pytest.mark.parametrize(
    ("user", "line", "realm"),
    [
        ("1002", 1, "second.example"),
        ("1001", 2, "first.example"),
        ("nobody", 2, "second.example"),
        ("nobody", 1, "first.example"),
        ("nobody", 0, "first.example"),
        ("nobody", 7, "first.example"),
    ],
)
def test_line_that_challenges_is_the_one_that_user_or_port_names(
    user: str, line: int, realm: str
) -> None:
    phone = NotedPhone(accounts=(FIRST, SECOND))
    server: NotifyServer[NotedPhone] = NotifyServer(lambda _l, _u: phone, secret=b"0" * 16)
    notify = make_notify(start=f"NOTIFY sip:{user}@192.0.2.7 SIP/2.0")
    answer = server.receive(notify, SOURCE, local=LOCAL, now=0.0, line=line)

    assert answer.datagram is not None
    challenge = read_headers(answer.datagram, "WWW-Authenticate")[0]
    assert challenge.startswith(f'Digest realm="{realm}"')
