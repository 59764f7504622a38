import pytest

from mppsim.core.url import parse_url
from mppsim.http.authorization import answer_challenges, split_challenges
from mppsim.http.request import Credentials, HttpRequest
from mppsim.sip.digest import DigestAlgorithm, compute_response, parse_auth_params

REQUEST = HttpRequest(
    method="PUT", url=parse_url("http://reports/a.xml?b=1"), credentials=Credentials("joe", "tiger")
)
MD5 = 'Digest realm="r", nonce="n1", qop="auth"'
SHA = 'Digest realm="r", nonce="n2", qop="auth,auth-int", algorithm=SHA-256, opaque="o\\"o"'


def chance(count: int) -> bytes:
    return bytes(range(count))


def answer(*offers: str) -> str | None:
    return answer_challenges(offers, REQUEST, chance)


def test_basic_is_user_and_password_in_base64() -> None:
    assert answer('Basic realm="r"') == "Basic am9lOnRpZ2Vy"


@pytest.mark.parametrize("algorithm", ["MD5", "MD5-sess", "SHA-256", "sha-256-SESS"])
def test_digest_proves_the_password_by_the_offered_algorithm(algorithm: str) -> None:
    answered = answer(f'Digest realm="r", nonce="n", qop="auth", algorithm={algorithm}')

    assert answered is not None
    scheme, params = parse_auth_params(answered)
    assert scheme == "digest"
    assert params["algorithm"] == algorithm
    assert (params["nc"], params["cnonce"]) == ("00000001", "0001020304050607")
    assert params["response"] == compute_response(
        algorithm=DigestAlgorithm(algorithm),
        username="joe",
        realm="r",
        password="tiger",
        nonce="n",
        method="PUT",
        uri="/a.xml?b=1",
        qop="auth",
        nc="00000001",
        cnonce="0001020304050607",
    )


def test_server_of_before_qop_gets_the_old_form() -> None:
    answered = answer('Digest realm="r", nonce="n"')

    assert answered is not None
    _, params = parse_auth_params(answered)
    assert params.keys() == {"username", "realm", "nonce", "uri", "response"}


def test_session_algorithm_sends_its_cnonce_even_without_qop() -> None:
    answered = answer('Digest realm="r", nonce="n", algorithm=MD5-sess')

    assert answered is not None
    assert parse_auth_params(answered)[1]["cnonce"] == "0001020304050607"


def test_opaque_comes_back_with_its_quotes_escaped() -> None:
    answered = answer(SHA)

    assert answered is not None
    assert 'opaque="o\\"o"' in answered


@pytest.mark.parametrize(
    ("offers", "nonce"),
    [
        ([MD5, SHA], "n2"),
        ([SHA, MD5], "n2"),
        ([f"{MD5}, {SHA}"], "n2"),
        ([f'Basic realm="a, b", {MD5}'], "n1"),
        ([MD5, MD5.replace("n1", "n3")], "n1"),
    ],
)
def test_strongest_offer_is_answered_and_of_equals_the_first(offers: list[str], nonce: str) -> None:
    answered = answer(*offers)

    assert answered is not None
    assert parse_auth_params(answered)[1]["nonce"] == nonce


@pytest.mark.parametrize(
    "offer",
    [
        pytest.param("", id="nothing"),
        pytest.param("Negotiate", id="another scheme"),
        pytest.param("Negotiate YIIJvwYGKwY==", id="another scheme with a token"),
        pytest.param('Digest realm="r", qop="auth"', id="no nonce"),
        pytest.param('Digest nonce="n"', id="no realm"),
        pytest.param('Digest realm="r", nonce="n", qop="auth-int"', id="only auth-int"),
        pytest.param('Digest realm="r", nonce="n", algorithm=SHA-512-256', id="algorithm"),
        pytest.param(',,"', id="pathological: no scheme at all"),
        pytest.param('realm="r"', id="pathological: parameters of nobody"),
    ],
)
def test_offer_that_cannot_be_met_is_not_answered(offer: str) -> None:
    assert answer(offer) is None


def test_challenges_in_one_header_are_told_apart() -> None:
    assert list(split_challenges('Basic realm="x, Digest y", Digest nonce=1, qop="a", NTLM')) == [
        'Basic realm="x, Digest y"',
        'Digest nonce=1, qop="a"',
        "NTLM",
    ]
