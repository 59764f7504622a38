import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.sip.digest import DigestAlgorithm, compute_response, hash_text, parse_auth_params

MD5, SHA_256, SHA_512_256 = (
    DigestAlgorithm.MD5,
    DigestAlgorithm.SHA_256,
    DigestAlgorithm.SHA_512_256,
)

# RFC 2617 section 3.5; RFC 2069's form of the same request, by its own formula.
MUFASA = {
    "username": "Mufasa",
    "realm": "testrealm@host.com",
    "password": "Circle Of Life",
    "nonce": "dcd98b7102dd2f0e8b11d0f600bfb0c093",
    "method": "GET",
    "uri": "/dir/index.html",
}
WITH_QOP = {"qop": "auth", "nc": "00000001", "cnonce": "0a4f113b"}

# RFC 7616 section 3.9.1.
MUFASA_7616 = MUFASA | {
    "realm": "http-auth@example.org",
    "password": "Circle of Life",
    "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
    "qop": "auth",
    "nc": "00000001",
    "cnonce": "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
}

# RFC 7616 section 3.9.2, with erratum 4897 (the RFC had truncated SHA-512 by mistake).
JASON = {
    "username": "J\u00e4s\u00f8n Doe",
    "realm": "api@example.org",
    "password": "Secret, or not?",
    "nonce": "5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK",
    "method": "GET",
    "uri": "/doe.json",
    "qop": "auth",
    "nc": "00000001",
    "cnonce": "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
}


@pytest.mark.parametrize(
    ("algorithm", "parts", "response"),
    [
        pytest.param(MD5, MUFASA | WITH_QOP, "6629fae49393a05397450978507c4ef1", id="RFC 2617"),
        pytest.param(MD5, MUFASA, "670fd8c2df070c60b045671b8b24ff02", id="RFC 2069 form"),
        pytest.param(MD5, MUFASA_7616, "8ca523f5e9506fed4657c9700eebdbec", id="RFC 7616 MD5"),
        pytest.param(
            SHA_256,
            MUFASA_7616,
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
            id="RFC 7616 SHA-256",
        ),
        pytest.param(
            SHA_512_256,
            JASON,
            "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5",
            id="RFC 7616 SHA-512-256, erratum 4897",
        ),
    ],
)
def test_published_vector_gives_its_response(
    algorithm: DigestAlgorithm, parts: dict[str, str], response: str
) -> None:
    actual = compute_response(algorithm=algorithm, **parts)

    assert actual == response


def test_body_counts_with_auth_int_and_only_then() -> None:
    plain = {
        compute_response(algorithm=MD5, **(MUFASA | WITH_QOP), body_hash=hash_text(MD5, body))
        for body in (b"", b"x")
    }
    protected = {
        compute_response(
            algorithm=MD5,
            **(MUFASA | WITH_QOP | {"qop": "auth-int"}),
            body_hash=hash_text(MD5, body),
        )
        for body in (b"", b"x")
    }

    assert (len(plain), len(protected)) == (1, 2)


def test_session_variant_hashes_nonce_and_cnonce_into_the_secret() -> None:
    parts = MUFASA | WITH_QOP
    secret = hash_text(MD5, "Mufasa:testrealm@host.com:Circle Of Life")
    session = hash_text(MD5, f"{secret}:{parts['nonce']}:{parts['cnonce']}")
    subject = hash_text(MD5, "GET:/dir/index.html")
    expected = hash_text(MD5, f"{session}:{parts['nonce']}:00000001:0a4f113b:auth:{subject}")

    actual = compute_response(algorithm=DigestAlgorithm.MD5_SESS, **parts)

    assert actual == expected


@pytest.mark.parametrize("text", ["md5", "MD5", "sha-256", "SHA-512-256-SESS"])
def test_algorithm_is_read_without_regard_to_case(text: str) -> None:
    assert DigestAlgorithm(text).upper() == text.upper()


def test_unknown_algorithm_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="SHA-1"):
        DigestAlgorithm("SHA-1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            'Digest realm="pbx", nonce="a,b=c", qop="auth,auth-int", stale=FALSE',
            (
                "digest",
                {"realm": "pbx", "nonce": "a,b=c", "qop": "auth,auth-int", "stale": "FALSE"},
            ),
            id="realistic: commas inside quotes",
        ),
        pytest.param("DIGEST\t x=1", ("digest", {"x": "1"}), id="synthetic: a tab is white space"),
        pytest.param(
            'Digest Realm = "say \\"hi\\" \\\\" ,\r\n  NC=00000001',
            ("digest", {"realm": 'say "hi" \\', "nc": "00000001"}),
            id="realistic: escapes, white space, a folded line",
        ),
        pytest.param('Digest a="1", a="2"', ("digest", {"a": "1"}), id="synthetic: first counts"),
        pytest.param("Digest a=, b=2", ("digest", {"a": "", "b": "2"}), id="synthetic: no value"),
        pytest.param(
            "Digest ,, a=1,,b=2,", ("digest", {"a": "1", "b": "2"}), id="synthetic: commas"
        ),
        pytest.param(
            'Digest a="1, b=2', ("digest", {}), id="pathological: a quote that never ends"
        ),
        pytest.param("Digest a=1 b=2", ("digest", {}), id="pathological: no comma"),
        pytest.param('Digest a="1"x, b=2', ("digest", {}), id="pathological: text after a quote"),
        pytest.param(
            'Digest realm="a", Basic realm="b"',
            ("digest", {"realm": "a"}),
            id="realistic: the second challenge is left alone",
        ),
        pytest.param("Basic dXNlcjpwYXNz==", ("basic", {}), id="realistic: Basic has no names"),
        pytest.param("", ("", {}), id="pathological: nothing"),
    ],
)
def test_header_gives_scheme_and_parameters(
    text: str, expected: tuple[str, dict[str, str]]
) -> None:
    actual = parse_auth_params(text)

    assert actual == expected


def test_no_more_than_64_parameters_are_read() -> None:
    text = "Digest " + ",".join(f"p{number}=x" for number in range(100))

    assert len(parse_auth_params(text)[1]) == 64


@given(st.text())
def test_any_header_is_read_without_an_exception(text: str) -> None:
    scheme, params = parse_auth_params(text)

    assert scheme == scheme.lower()
    assert all(name == name.lower() for name in params)
