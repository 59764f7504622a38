import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.sip.client import NotifyExchange, NotifyRequest
from mppsim.sip.client_exchange import T1, T2
from mppsim.sip.digest import DigestAlgorithm, compute_response, parse_auth_params
from tests.support.sip_messages import answer_to, read_headers

REQUEST = NotifyRequest(host="192.0.2.7", port=5060, to="1001", user="1001", password="secret")


def make_exchange(request: NotifyRequest = REQUEST) -> NotifyExchange:
    numbers = itertools.count(1)
    return NotifyExchange(
        request,
        local=("192.0.2.10", 40000),
        random_bytes=lambda size: next(numbers).to_bytes(size, "big"),
    )


def test_request_is_repeated_at_doubling_intervals_up_to_t2_and_given_up_after_32_seconds() -> None:
    exchange = make_exchange()
    first = exchange.start(now=0.0)
    sent = [(0.0, first)]
    while (deadline := exchange.deadline) is not None:
        message = exchange.handle_deadline(now=deadline)
        sent += [(deadline, message)] if message else []

    assert {message for _, message in sent} == {first}
    assert [at for at, _ in sent] == [0.0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert (exchange.is_over, exchange.answer) == (True, None)


def test_deadline_that_is_called_early_sends_nothing() -> None:
    exchange = make_exchange()
    exchange.start(now=0.0)

    assert exchange.handle_deadline(now=T1 - 0.1) == b""


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_reliable_transport_repeats_nothing(transport: str) -> None:
    exchange = make_exchange(NotifyRequest(host="h", port=1, transport=transport, timeout=9.0))
    message = exchange.start(now=1.0)

    assert exchange.deadline == 10.0
    assert exchange.receive(answer_to(message, "100 Trying"), now=2.0) == b""
    assert exchange.handle_deadline(now=2.0) == b""
    assert exchange.deadline == 10.0


def test_provisional_answer_slows_repeats_to_t2() -> None:
    exchange = make_exchange()
    exchange.receive(answer_to(exchange.start(now=0.0), "100 Trying"), now=0.1)

    assert exchange.deadline == 0.1 + T2
    assert exchange.answer is None


def test_final_answer_ends_the_exchange() -> None:
    exchange = make_exchange()
    message = exchange.start(now=0.0)
    exchange.receive(answer_to(message, "489 Bad Event"), now=0.1)
    exchange.receive(answer_to(message, "200 OK"), now=0.2)

    assert exchange.answer is not None
    assert (exchange.answer.status, exchange.answer.reason) == (489, "Bad Event")
    assert (exchange.is_over, exchange.deadline, exchange.challenged) == (True, None, False)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param((b"z9hG4bK", b"z9hG4bK9"), id="synthetic: another branch"),
        pytest.param((b"1 NOTIFY", b"1 OPTIONS"), id="synthetic: another method"),
        pytest.param((b"SIP/2.0 200", b"SIP/2.0 2000"), id="pathological: no SIP"),
        pytest.param((b"SIP/2.0 200 OK", b"NOTIFY sip:a SIP/2.0"), id="synthetic: a request"),
    ],
)
def test_what_is_not_our_answer_is_ignored(change: tuple[bytes, bytes]) -> None:
    exchange = make_exchange()
    answer = answer_to(exchange.start(now=0.0), "200 OK")

    assert exchange.receive(answer.replace(*change), now=0.1) == b""
    assert not exchange.is_over


CHALLENGE = 'WWW-Authenticate: Digest realm="pbx", nonce="n", opaque="o", qop="auth-int, auth"'


@pytest.mark.parametrize(
    ("status", "challenge", "given"),
    [
        ("401 Unauthorized", CHALLENGE, "Authorization"),
        ("407 No", CHALLENGE.replace("WWW", "Proxy"), "Proxy-Authorization"),
        ("401 x", CHALLENGE + ", algorithm=SHA-256", "Authorization"),
        ("401 x", CHALLENGE + ", algorithm=MD5-sess", "Authorization"),
    ],
)
def test_challenge_is_answered_once_in_a_new_transaction(
    status: str, challenge: str, given: str
) -> None:
    exchange = make_exchange()
    first = exchange.start(now=0.0)
    second = exchange.receive(answer_to(first, status, challenge), now=1.0)
    scheme, params = parse_auth_params(read_headers(second, given)[0])
    asked = parse_auth_params(challenge.partition(": ")[2])[1]
    expected = compute_response(
        algorithm=DigestAlgorithm(asked.get("algorithm", "MD5")),
        username="1001",
        realm="pbx",
        password="secret",
        nonce="n",
        method="NOTIFY",
        uri="sip:1001@192.0.2.7",
        qop="auth",
        nc="00000001",
        cnonce=params["cnonce"],
    )

    assert (scheme, params["response"], params["opaque"]) == ("digest", expected, "o")
    assert read_headers(second, "CSeq") == ["2 NOTIFY"]
    assert read_headers(second, "Via") != read_headers(first, "Via")
    assert read_headers(second, "Call-ID") == read_headers(first, "Call-ID")

    exchange.receive(answer_to(second, status, challenge), now=2.0)

    assert (exchange.is_over, exchange.challenged) == (True, True)


def test_challenge_without_qop_is_answered_in_the_form_of_rfc_2069() -> None:
    exchange = make_exchange()
    first = exchange.start(now=0.0)
    challenge = 'WWW-Authenticate: Digest realm="p\\"x", nonce="n"'
    second = exchange.receive(answer_to(first, "401 x", challenge), now=1.0)
    params = parse_auth_params(read_headers(second, "Authorization")[0])[1]

    assert params.keys() == {"username", "realm", "nonce", "uri", "response", "algorithm"}
    assert params["realm"] == 'p"x'


@pytest.mark.parametrize(
    ("user", "lines"),
    [
        pytest.param("", [CHALLENGE], id="realistic: no credentials were given"),
        pytest.param("u", [], id="pathological: no challenge"),
        pytest.param("u", ['WWW-Authenticate: Basic realm="x"'], id="realistic: Basic"),
        pytest.param("u", ['WWW-Authenticate: Digest realm="x"'], id="pathological: no nonce"),
        pytest.param("u", [CHALLENGE + ", algorithm=AKAv1-MD5"], id="realistic: IMS"),
        pytest.param(
            "u", ['WWW-Authenticate: Digest realm="x", nonce="n", qop="auth-int"'], id="auth-int"
        ),
    ],
)
def test_challenge_that_cannot_be_answered_is_the_end(user: str, lines: list[str]) -> None:
    exchange = make_exchange(NotifyRequest(host="h", port=5060, user=user))
    exchange.receive(answer_to(exchange.start(now=0.0), "401 x", *lines), now=1.0)

    assert (exchange.is_over, exchange.challenged) == (True, False)


def test_first_challenge_that_is_understood_is_answered() -> None:
    exchange = make_exchange()
    challenges = [CHALLENGE + ", algorithm=X", CHALLENGE + ", algorithm=SHA-256", CHALLENGE]
    second = exchange.receive(answer_to(exchange.start(now=0.0), "401 x", *challenges), now=1.0)

    assert "algorithm=SHA-256" in read_headers(second, "Authorization")[0]


@given(st.lists(st.binary(max_size=300), max_size=5), st.sampled_from([200, 401, 407, 100, 999]))
def test_no_answer_breaks_the_exchange(pieces: list[bytes], status: int) -> None:
    exchange = make_exchange()
    message = exchange.start(now=0.0)
    for piece in pieces:
        name = b"WWW-Authenticate: " if status == 401 else b"X: "
        answer = answer_to(message, f"{status} x").replace(b"\r\n\r\n", b"\r\n" + name)
        exchange.receive(answer + piece + b"\r\n\r\n", now=1.0)
        exchange.receive(piece, now=1.0)

    assert exchange.is_over or exchange.deadline is not None


@pytest.mark.parametrize(
    ("status", "is_final"), [(100, False), (199, False), (200, True), (699, True)]
)
def test_answer_is_final_from_200_on(*, status: int, is_final: bool) -> None:
    exchange = make_exchange()
    exchange.receive(answer_to(exchange.start(now=0.0), f"{status} x"), now=0.1)

    assert exchange.is_over is is_final
