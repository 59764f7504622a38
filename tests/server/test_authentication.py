"""Basic and Digest, judged without a socket."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.http.digest_realm import NONCE_SECONDS
from mppsim.server.authentication import Doorkeeper, Verdict
from mppsim.server.settings import AuthScheme, Login
from mppsim.sip.digest import DigestAlgorithm, compute_response, parse_auth_params

SECRET = b"the server's own"
ADMITTED = Verdict(is_admitted=True)
WRONG = Verdict(is_admitted=False, is_wrong=True)
STALE = Verdict(is_admitted=False, is_stale=True)


def basic() -> Doorkeeper:
    return Doorkeeper(Login(user="phone", password="pässword"), secret=SECRET)


def digest(secret: bytes = SECRET) -> Doorkeeper:
    login = Login(user="phone", password="pässword", scheme=AuthScheme.DIGEST)
    return Doorkeeper(login, secret=secret)


def nonce_of(keeper: Doorkeeper, now: float = 0.0) -> str:
    return parse_auth_params(keeper.build_challenges(now=now)[0])[1]["nonce"]


def answer(nonce: str, /, **changes: str) -> str:
    """What a phone sends; a change replaces a value after the response was computed."""
    params = {
        "username": "phone",
        "realm": "mppsim",
        "nonce": nonce,
        "uri": "/a.xml",
        "algorithm": changes.pop("algorithm", "MD5"),
        "qop": "auth",
        "nc": "00000001",
        "cnonce": "abc",
    }
    response = compute_response(
        algorithm=DigestAlgorithm(params["algorithm"]),
        password=changes.pop("password", "pässword"),
        method=changes.pop("method", "PUT"),
        **{
            name: params[name]
            for name in ("username", "realm", "nonce", "uri", "qop", "nc", "cnonce")
        },
    )
    params |= {"response": response} | changes
    return "Digest " + ", ".join(f'{name}="{value}"' for name, value in params.items() if value)


def judge(keeper: Doorkeeper, header: str | None, now: float = 0.0) -> Verdict:
    return keeper.judge(header, method="PUT", uri="/a.xml", now=now)


@pytest.mark.parametrize("keeper", [basic(), digest()], ids=["basic", "digest"])
def test_request_without_credentials_is_not_wrong_but_not_let_in(keeper: Doorkeeper) -> None:
    assert judge(keeper, None) == Verdict(is_admitted=False)


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
def test_basic_lets_the_right_user_in(scheme: str) -> None:
    token = base64.b64encode("phone:pässword".encode()).decode()

    assert judge(basic(), f"{scheme} {token}") == ADMITTED


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic",
        "Basic ",
        "Basic !!!!",
        "Basic \udcff",
        "Basic cGhvbmU=",
        "Bearer cGhvbmU6cMOkc3N3b3Jk",
        "Basic " + base64.b64encode(b"phone:password").decode(),
        "Basic " + base64.b64encode("phone:pässwor".encode()).decode(),
        "Basic " + base64.b64encode("Phone:pässword".encode()).decode(),
        "Basic " + base64.b64encode("phone:pässword\n".encode()).decode(),
        answer("x"),
    ],
)
def test_basic_turns_everything_else_away(header: str) -> None:
    assert judge(basic(), header) == WRONG


def test_basic_challenge_names_realm_and_charset() -> None:
    assert basic().build_challenges(now=1.0) == ('Basic realm="mppsim", charset="UTF-8"',)


def test_digest_offers_md5_first_for_old_clients_then_sha256() -> None:
    challenges = digest().build_challenges(now=1.0)

    assert [parse_auth_params(value)[1]["algorithm"] for value in challenges] == ["MD5", "SHA-256"]
    assert all('qop="auth"' in value and "stale" not in value for value in challenges)


@pytest.mark.parametrize("algorithm", ["MD5", "md5", "SHA-256"])
def test_digest_lets_the_right_user_in(algorithm: str) -> None:
    keeper = digest()

    assert judge(keeper, answer(nonce_of(keeper), algorithm=algorithm)) == ADMITTED


def test_digest_without_an_algorithm_is_md5() -> None:
    keeper = digest()
    header = answer(nonce_of(keeper)).replace('algorithm="MD5", ', "")

    assert "algorithm" not in header
    assert judge(keeper, header) == ADMITTED


@pytest.mark.parametrize(
    "changes",
    [
        {"password": "password"},
        {"method": "GET"},
        {"username": "Phone"},
        {"username": "\udcff"},
        {"uri": "/b.xml"},
        {"nc": "00000002"},
        {"response": "0" * 32},
        {"response": ""},
        {"response": "\udcff"},
        {"qop": ""},
        {"qop": "auth-int"},
        {"algorithm": "SHA-512-256"},
        {"algorithm": "MD5-sess"},
        {"nonce": ""},
        {"nonce": "0.000000-00000000000000000000000000000000"},
        {"nonce": "nan-"},
        {"nonce": "\udcff-\udcff"},
    ],
    ids=str,
)
def test_digest_turns_a_wrong_answer_away(changes: dict[str, str]) -> None:
    keeper = digest()

    assert judge(keeper, answer(nonce_of(keeper), **changes)) == WRONG


def test_digest_for_one_path_does_not_open_another() -> None:
    keeper = digest()
    header = answer(nonce_of(keeper))

    assert keeper.judge(header, method="PUT", uri="/b.xml", now=0.0) == WRONG


def test_digest_turns_another_algorithm_than_it_named_away() -> None:
    keeper = digest()
    header = answer(nonce_of(keeper)).replace('algorithm="MD5"', 'algorithm="MD4"')

    assert judge(keeper, header) == WRONG


def test_digest_turns_basic_away() -> None:
    token = base64.b64encode("phone:pässword".encode()).decode()

    assert judge(digest(), f"Basic {token}") == WRONG


def test_digest_turns_the_right_parameters_under_another_scheme_away() -> None:
    keeper = digest()
    header = answer(nonce_of(keeper)).replace("Digest ", "Bearer ")

    assert judge(keeper, header) == WRONG


def test_nonce_of_another_server_is_wrong() -> None:
    assert judge(digest(), answer(nonce_of(digest(b"another secret")))) == WRONG


def test_right_answer_on_an_old_nonce_is_stale() -> None:
    keeper = digest()
    header = answer(nonce_of(keeper, now=10.0))

    assert judge(keeper, header, now=10.0 + NONCE_SECONDS) == ADMITTED
    assert judge(keeper, header, now=10.001 + NONCE_SECONDS) == STALE


def test_wrong_answer_on_an_old_nonce_is_wrong_and_not_stale() -> None:
    keeper = digest()
    header = answer(nonce_of(keeper), password="guess")

    assert judge(keeper, header, now=2 * NONCE_SECONDS) == WRONG


def test_challenge_after_a_stale_nonce_says_so() -> None:
    challenges = digest().build_challenges(now=1.0, is_stale=True)

    assert all(value.endswith("stale=true") for value in challenges)


@given(st.text())
def test_no_header_but_the_right_one_lets_in(header: str) -> None:
    assert judge(digest(), header) == WRONG
    assert judge(digest(), f"Digest {header}") == WRONG
    assert judge(basic(), f"Basic {header}") == WRONG


def test_login_does_not_print_its_password() -> None:
    assert "secret" not in repr(Login(user="phone", password="secret"))
