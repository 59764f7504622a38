"""Who is let in by Digest, and that nothing but the right password does it."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.http.digest_realm import NONCE_SECONDS, DigestRealm, DigestVerdict
from mppsim.sip.digest import DigestAlgorithm, compute_response, parse_auth_params

SECRET = bytes(range(32))
PASSWORDS = {"admin": "sécret", "user": "1234"}
REALM = DigestRealm("CP-8851-3PCC", secret=SECRET)
WRONG = DigestVerdict(is_wrong=True)


def answer_to(asking: DigestRealm = REALM, *, number: int = 0, now: float = 0.0, **but: str) -> str:
    """Answer a challenge rightly, but for some parameters."""
    _, params = parse_auth_params(asking.build_challenges(now=now)[number])
    sent = {
        "username": "admin",
        "password": "sécret",
        "realm": params["realm"],
        "nonce": params["nonce"],
        "method": "GET",
        "uri": "/admin?a=1",
        "qop": "auth",
        "nc": "00000001",
        "cnonce": "xyz",
    } | but
    algorithm = DigestAlgorithm(params["algorithm"])
    sent["response"] = compute_response(algorithm=algorithm, **sent)
    sent["algorithm"] = algorithm
    shown = sent.keys() - {"password", "method"}
    return "Digest " + ", ".join(f'{name}="{sent[name]}"' for name in sorted(shown))


def judge(header: str | None, realm: DigestRealm = REALM, *, now: float = 0.0) -> DigestVerdict:
    return realm.judge(header, PASSWORDS, method="GET", uri="/admin?a=1", now=now)


@pytest.mark.parametrize("number", [0, 1], ids=["MD5", "SHA-256"])
@pytest.mark.parametrize(("user", "password"), PASSWORDS.items())
def test_right_password_says_who_it_is(number: int, user: str, password: str) -> None:
    header = answer_to(number=number, username=user, password=password)

    assert judge(header) == DigestVerdict(user=user)


def test_request_without_an_answer_is_no_guess() -> None:
    assert judge(None) == DigestVerdict()


@pytest.mark.parametrize(
    "but",
    [
        {"password": "wrong"},
        {"password": ""},
        {"username": "root"},
        {"username": "root", "password": ""},
        {"username": "user"},
        {"method": "POST"},
        {"uri": "/admin/reboot"},
        {"realm": "another"},
        {"qop": ""},
        {"qop": "auth-int"},
        {"nonce": "0.000000-00"},
        {"nonce": ""},
    ],
    ids=str,
)
def test_anything_else_is_a_wrong_guess(but: dict[str, str]) -> None:
    assert judge(answer_to(**but)) == WRONG


@pytest.mark.parametrize(
    "header",
    ["", "Digest", "Basic YWRtaW46c8OpY3JldA==", 'Digest username="admin"', "Digest é=\udce9"],
)
def test_header_that_is_no_answer_is_a_wrong_guess(header: str) -> None:
    assert judge(header) == WRONG


@pytest.mark.parametrize("algorithm", ["MD5-sess", "SHA-512-256", "none"])
def test_algorithm_that_was_not_offered_is_a_wrong_guess(algorithm: str) -> None:
    assert judge(answer_to().replace('algorithm="MD5"', f'algorithm="{algorithm}"')) == WRONG


def test_old_nonce_is_stale_and_its_answer_no_guess() -> None:
    header = answer_to(now=10.0)

    assert judge(header, now=10.0 + NONCE_SECONDS) == DigestVerdict(user="admin")
    assert judge(header, now=11.0 + NONCE_SECONDS) == DigestVerdict(is_stale=True)
    assert judge(answer_to(now=10.0, password="no"), now=1000.0) == WRONG


def test_answer_to_one_realm_opens_no_other_one() -> None:
    other = DigestRealm("CP-7841-3PCC", secret=SECRET)
    renamed = answer_to(other, realm="CP-8851-3PCC")  # the nonce is the other's

    assert judge(answer_to(other)) == WRONG
    assert judge(renamed) == WRONG
    assert judge(answer_to(DigestRealm("CP-8851-3PCC", secret=bytes(32)))) == WRONG


def test_challenges_offer_md5_first_and_say_when_a_nonce_was_stale() -> None:
    fresh = [parse_auth_params(each)[1] for each in REALM.build_challenges(now=5.0)]
    stale = [parse_auth_params(c)[1] for c in REALM.build_challenges(now=5.0, is_stale=True)]

    assert [each["algorithm"] for each in fresh] == ["MD5", "SHA-256"]
    assert [each.get("stale") for each in fresh + stale] == [None, None, "true", "true"]
    assert fresh[0]["realm"] == "CP-8851-3PCC"
    assert hashlib.sha256(SECRET).hexdigest()[:8] not in str(fresh)


@given(st.text(max_size=200))
def test_no_header_is_let_in_or_too_odd_to_judge(header: str) -> None:
    assert judge(header).user is None
    assert judge(f"Digest {header}").user is None
