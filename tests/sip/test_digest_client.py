from itertools import count

import pytest

from mppsim.sip.digest import DigestAlgorithm, compute_response, parse_auth_params
from mppsim.sip.digest_client import DigestClient, DigestUser
from mppsim.sip.message import SipResponse, parse_message
from tests.support.sip_messages import answer_to, make_notify

USER = DigestUser(name="1001", password="secret")
MD5_ONLY = DigestUser(name="1001", password="secret", algorithms=frozenset({DigestAlgorithm.MD5}))
START = 'WWW-Authenticate: Digest realm="pbx", nonce="n", opaque="o"'
CHALLENGE = f'{START}, qop="auth-int, auth"'
URI = "sip:pbx"


def challenge_of(*lines: str, status: str = "401 x") -> SipResponse:
    message = parse_message(answer_to(make_notify(), status, *lines))
    assert isinstance(message, SipResponse)
    return message


def make_client(user: DigestUser = USER) -> DigestClient:
    tokens = count(1)
    return DigestClient(user, lambda: f"token{next(tokens)}")


def params_of(line: str) -> dict[str, str]:
    return parse_auth_params(line.partition(": ")[2])[1]


def test_nothing_is_given_before_anybody_asked() -> None:
    assert make_client().authorize("REGISTER", URI) == ""


def test_first_answer_is_this_to_the_byte() -> None:
    client = make_client()
    assert client.accept(challenge_of(CHALLENGE))

    assert client.authorize("REGISTER", URI) == (
        'Authorization: Digest username="1001", realm="pbx", nonce="n", uri="sip:pbx", '
        'response="d5dbda31545b7552f2e8a9fb141a91ca", cnonce="token1", opaque="o", '
        "algorithm=MD5, qop=auth, nc=00000001"
    )


@pytest.mark.parametrize(
    ("status", "line", "given"),
    [
        ("401 Unauthorized", CHALLENGE, "Authorization"),
        ("407 No", CHALLENGE.replace("WWW", "Proxy"), "Proxy-Authorization"),
        ("401 x", f"{CHALLENGE}, algorithm=sha-256", "Authorization"),
        ("401 x", f"{CHALLENGE}, algorithm=SHA-512-256", "Authorization"),
        ("401 x", f"{CHALLENGE}, algorithm=MD5-sess", "Authorization"),
        ("401 x", f"{START}, algorithm=MD5-sess", "Authorization"),
        ("401 x", START, "Authorization"),
    ],
)
def test_answer_is_what_the_server_computes(status: str, line: str, given: str) -> None:
    client = make_client()
    assert client.accept(challenge_of(line, status=status))
    header, _, value = client.authorize("REGISTER", URI).partition(": ")
    params = parse_auth_params(value)[1]
    expected = compute_response(
        algorithm=DigestAlgorithm(params["algorithm"]),
        username="1001",
        realm="pbx",
        password="secret",
        nonce="n",
        method="REGISTER",
        uri=URI,
        qop=params.get("qop", ""),
        nc=params.get("nc", ""),
        cnonce=params.get("cnonce", ""),
    )

    assert (header, params["response"], params["opaque"]) == (given, expected, "o")
    assert ("qop" in params) == ("qop" in line)


def test_nonce_is_counted_up_until_another_comes() -> None:
    client = make_client()
    assert client.accept(challenge_of(CHALLENGE))
    counts = [params_of(client.authorize("REGISTER", URI))["nc"] for _ in range(3)]
    assert client.accept(challenge_of(CHALLENGE))
    counts.append(params_of(client.authorize("REGISTER", URI))["nc"])

    assert counts == ["00000001", "00000002", "00000003", "00000001"]


def test_quotes_in_a_realm_are_escaped() -> None:
    client = make_client()
    assert client.accept(challenge_of('WWW-Authenticate: Digest realm="p\\"\\\\x", nonce="n"'))

    assert params_of(client.authorize("REGISTER", URI))["realm"] == 'p"\\x'


@pytest.mark.parametrize(
    ("user", "used"), [(USER, "SHA-256"), (MD5_ONLY, "MD5")], ids=["all", "MD5 only"]
)
def test_first_challenge_that_is_understood_is_answered(user: DigestUser, used: str) -> None:
    client = make_client(user)
    lines = [f"{CHALLENGE}, algorithm={name}" for name in ("X", "SHA-256", "MD5")]
    assert client.accept(challenge_of('WWW-Authenticate: Basic realm="x"', *lines))

    assert params_of(client.authorize("REGISTER", URI))["algorithm"] == used


@pytest.mark.parametrize(
    ("user", "status", "lines"),
    [
        pytest.param(DigestUser(name=""), "401 x", [CHALLENGE], id="realistic: nobody answers"),
        pytest.param(USER, "403 x", [CHALLENGE], id="synthetic: another status"),
        pytest.param(USER, "407 x", [CHALLENGE], id="pathological: the other header"),
        pytest.param(USER, "401 x", [], id="pathological: no challenge"),
        pytest.param(USER, "401 x", ['WWW-Authenticate: Basic realm="x"'], id="realistic: Basic"),
        pytest.param(USER, "401 x", ['WWW-Authenticate: Digest realm="x"'], id="no nonce"),
        pytest.param(USER, "401 x", [f"{CHALLENGE}, algorithm=AKAv1-MD5"], id="realistic: IMS"),
        pytest.param(USER, "401 x", [f'{START}, qop="auth-int"'], id="realistic: auth-int"),
        pytest.param(MD5_ONLY, "401 x", [f"{CHALLENGE}, algorithm=SHA-256"], id="switched off"),
    ],
)
def test_challenge_that_cannot_be_answered_leaves_everything_as_it_is(
    user: DigestUser, status: str, lines: list[str]
) -> None:
    client = make_client(user)

    assert not client.accept(challenge_of(*lines, status=status))
    assert client.authorize("REGISTER", URI) == ""


def test_password_is_in_no_repr() -> None:
    assert "secret" not in repr(USER)
