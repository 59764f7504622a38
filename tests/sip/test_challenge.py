import pytest

from mppsim.sip.challenge import NONCE_SECONDS, Challenger, SipAccount, Verdict
from mppsim.sip.message import SipRequest, parse_message
from tests.support.sip_messages import authorize, make_notify

ACCOUNT = SipAccount(user_id="1001", password="secret")
BOTH = SipAccount(user_id="1001", password="secret", sha256=True)
REALM = "pbx.example"


class Desk:
    """A challenger, and a client that answers it."""

    def __init__(self, account: SipAccount = ACCOUNT, *, capacity: int = 100) -> None:
        self.account = account
        self.challenger = Challenger(b"0123456789abcdef", capacity=capacity)

    def challenge(self, *, now: float = 0.0, stale: bool = False, place: int = 0) -> str:
        values = self.challenger.build_challenges(self.account, REALM, stale=stale, now=now)
        return values[place].decode()

    def judge(self, *lines: str, now: float = 1.0) -> Verdict:
        request = parse_message(make_notify(*lines))
        assert isinstance(request, SipRequest)
        return self.challenger.judge(request, self.account, REALM, now=now)


def test_md5_is_offered_first_and_sha256_where_the_line_has_it() -> None:
    values = Challenger(b"0123456789abcdef").build_challenges(BOTH, REALM, stale=False, now=0.0)

    assert [b"algorithm=MD5," in value for value in values] == [True, False]
    assert [b"algorithm=SHA-256," in value for value in values] == [False, True]
    assert len(Desk().challenger.build_challenges(ACCOUNT, REALM, stale=False, now=0.0)) == 1


def test_realm_is_quoted() -> None:
    values = Challenger(b"k" * 16).build_challenges(ACCOUNT, 'a"b\\', stale=True, now=0.0)

    assert values[0].startswith(b'Digest realm="a\\"b\\\\", nonce="')
    assert values[0].endswith(b'qop="auth", stale=true')


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("qop", ["auth", ""])
def test_right_credentials_are_accepted(place: int, qop: str) -> None:
    desk = Desk(BOTH)

    assert desk.judge(authorize(desk.challenge(place=place), qop=qop)) is Verdict.ACCEPTED


def test_auth_id_takes_the_place_of_the_user_id() -> None:
    desk = Desk(SipAccount(user_id="1001", auth_id="line1", password="secret"))
    challenge = desk.challenge()

    assert desk.judge(authorize(challenge)) is Verdict.MISSING
    assert desk.judge(authorize(challenge, user="line1")) is Verdict.ACCEPTED


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"password": "Secret"}, id="realistic: password"),
        pytest.param({"user": "1002"}, id="realistic: user"),
        pytest.param({"method": "INVITE"}, id="synthetic: method"),
        pytest.param({"uri": "tel:1001"}, id="synthetic: another scheme"),
        pytest.param({"uri": ""}, id="pathological: no URI"),
        pytest.param({"response": ""}, id="pathological: no response"),
        pytest.param({"response": "\u00fc"}, id="pathological: a response that is no ASCII"),
        pytest.param({"nonce": ""}, id="pathological: no nonce"),
        pytest.param({"nonce": "0" * 56}, id="synthetic: a nonce that we did not make"),
        pytest.param({"algorithm": "SHA-256"}, id="synthetic: algorithms mixed, not offered"),
        pytest.param({"algorithm": "MD5-sess"}, id="synthetic: algorithm not offered"),
        pytest.param({"qop": "auth-int"}, id="synthetic: qop not offered"),
        pytest.param({"cnonce": ""}, id="RFC 7616: qop without cnonce"),
        pytest.param({"nc": ""}, id="RFC 7616: qop without nc"),
        pytest.param({"nc": "+1"}, id="pathological: nc that Python would read"),
        pytest.param({"nc": "000000001"}, id="pathological: nc too long"),
        pytest.param({"realm": "elsewhere"}, id="realistic: another realm"),
    ],
)
def test_wrong_credentials_are_as_good_as_none(wrong: dict[str, str]) -> None:
    desk = Desk()

    assert desk.judge(authorize(desk.challenge(), **wrong)) is Verdict.MISSING


def test_sha256_response_under_the_name_of_md5_is_wrong() -> None:
    desk = Desk(BOTH)
    line = authorize(desk.challenge(place=1), algorithm="MD5")

    assert desk.judge(line) is Verdict.MISSING


def test_no_credentials_are_missing() -> None:
    desk = Desk()

    assert desk.judge() is Verdict.MISSING
    assert desk.judge("Authorization: Basic MTAwMTpzZWNyZXQ=") is Verdict.MISSING


def test_credentials_for_another_realm_do_not_hide_ours() -> None:
    desk = Desk()
    others = authorize('Digest realm="elsewhere", nonce="x"')

    assert desk.judge(others, authorize(desk.challenge())) is Verdict.ACCEPTED


@pytest.mark.parametrize(
    "uri",
    [
        pytest.param("sip:192.0.2.7:5060", id="realistic: sipp names no user"),
        pytest.param("sip:other@192.0.2.7:5060", id="RFC 3261 section 22.4: a forwarded user"),
        pytest.param("SIP:1001@192.0.2.7:5060;transport=udp", id="synthetic: parameters"),
        pytest.param("sip:1001@pbx.example", id="realistic: a registrar handed it on"),
        pytest.param("sips:1001@192.0.2.7:5060", id="realistic: over TLS as far as the proxy"),
    ],
)
def test_uri_need_not_be_the_requests(uri: str) -> None:
    desk = Desk()

    assert desk.judge(authorize(desk.challenge(), uri=uri)) is Verdict.ACCEPTED


@pytest.mark.parametrize(
    ("now", "verdict"),
    [
        (100.0, Verdict.ACCEPTED),
        (100.0 + NONCE_SECONDS, Verdict.ACCEPTED),
        (100.1 + NONCE_SECONDS, Verdict.STALE),
        (99.0, Verdict.STALE),
    ],
)
def test_nonce_is_valid_for_60_seconds(now: float, verdict: Verdict) -> None:
    desk = Desk()

    assert desk.judge(authorize(desk.challenge(now=100.0)), now=now) is verdict


def test_old_nonce_with_a_wrong_password_is_not_called_stale() -> None:
    desk = Desk()

    assert desk.judge(authorize(desk.challenge(), password="x"), now=99.0) is Verdict.MISSING


def test_repeated_count_is_stale_and_a_higher_one_is_accepted() -> None:
    desk = Desk()
    challenge = desk.challenge()
    verdicts = [desk.judge(authorize(challenge, nc=nc)) for nc in ("2", "2", "1", "0000000a")]

    assert verdicts == [Verdict.ACCEPTED, Verdict.STALE, Verdict.STALE, Verdict.ACCEPTED]


@pytest.mark.parametrize("second", ["auth", ""])
def test_digest_without_qop_uses_its_nonce_up(second: str) -> None:
    desk = Desk()
    challenge = desk.challenge()

    assert desk.judge(authorize(challenge, qop="")) is Verdict.ACCEPTED
    assert desk.judge(authorize(challenge, qop=second, nc="ffffffff")) is Verdict.STALE


def test_wrong_credentials_do_not_use_a_nonce_up() -> None:
    desk = Desk()
    challenge = desk.challenge()
    desk.judge(authorize(challenge, password="x"))

    assert desk.judge(authorize(challenge)) is Verdict.ACCEPTED


def test_forgotten_nonce_cannot_be_replayed() -> None:
    desk = Desk(capacity=2)
    lines = [authorize(desk.challenge()) for _ in range(3)]
    first = [desk.judge(line) for line in lines]
    again = [desk.judge(line) for line in lines]

    assert (first, again) == ([Verdict.ACCEPTED] * 3, [Verdict.STALE] * 3)


def test_nonces_of_one_moment_differ() -> None:
    desk = Desk()

    assert desk.challenge() != desk.challenge()


def test_nonce_of_another_challenger_is_refused() -> None:
    other = Challenger(b"another-secret--")
    value = other.build_challenges(ACCOUNT, REALM, stale=False, now=0.0)[0].decode()

    assert Desk().judge(authorize(value)) is Verdict.MISSING


def test_password_is_not_in_the_repr_of_an_account() -> None:
    assert "secret" not in repr(ACCOUNT)
