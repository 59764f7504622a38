from dataclasses import replace

import pytest

from mppsim.core.url import parse_url
from mppsim.http.exchange import MOST_REDIRECTS, Ending, Exchange
from mppsim.http.request import Credentials, HttpRequest
from mppsim.http.response import Reply

REQUEST = HttpRequest(
    method="POST",
    url=parse_url("http://reports:8000/in/a.xml"),
    headers=(("User-Agent", "phone"),),
    body=b"<flat-profile/>",
    credentials=Credentials("joe", "tiger"),
)
BASIC = ("www-authenticate", 'Basic realm="r"')
ANSWER = ("Authorization", "Basic am9lOnRpZ2Vy")


def make_reply(status: int, *headers: tuple[str, str]) -> Reply:
    location = dict(headers).get("location")
    return Reply(status=status, headers=headers, keep_alive=True, location=location)


def redirect(location: str, status: int = 302) -> Reply:
    return make_reply(status, ("location", location))


def begin(request: HttpRequest = REQUEST, **kwargs: object) -> Exchange:
    return Exchange(request, random_bytes=bytes, **kwargs)  # type: ignore[arg-type]  # may_go


def follow(exchange: Exchange, reply: Reply) -> HttpRequest:
    step = exchange.take(reply)
    assert isinstance(step, HttpRequest)
    return step


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_any_2xx_is_success(status: int) -> None:
    reply = make_reply(status, ("location", "/in/a.xml"))

    assert begin().take(reply) == Ending(status=status, reason=None, location="/in/a.xml")


@pytest.mark.parametrize("status", [300, 303, 304, 305, 400, 403, 404, 500, 503])
def test_any_other_status_is_a_failure_with_its_number(status: int) -> None:
    assert begin().take(make_reply(status)) == Ending(status=status, reason=f"status-{status}")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirect_keeps_method_headers_and_body(status: int) -> None:
    step = follow(begin(), redirect("http://reports:8000/new/a.xml", status))

    assert step == replace(REQUEST, url=parse_url("http://reports:8000/new/a.xml"))


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/new.xml", "http://reports:8000/new.xml"),
        ("b.xml?c=1", "http://reports:8000/in/b.xml?c=1"),
        ("../b.xml", "http://reports:8000/b.xml"),
        ("?c", "http://reports:8000/in/a.xml?c"),
        ("//other/x", "http://other/x"),
        ("https://other", "https://other/"),
        ("/a b", "http://reports:8000/a%20b"),
        ("/\xe4", "http://reports:8000/%E4"),
        ("/x#part", "http://reports:8000/x"),
        ("HTTP://Other:81/X", "http://other:81/X"),
    ],
)
def test_location_is_read_relative_to_where_the_request_went(location: str, expected: str) -> None:
    assert str(follow(begin(), redirect(location)).url) == expected


def test_second_redirect_is_relative_to_the_first() -> None:
    exchange = begin()
    follow(exchange, redirect("/x/"))

    assert str(follow(exchange, redirect("y")).url) == "http://reports:8000/x/y"


@pytest.mark.parametrize(
    "location",
    ["ftp://reports/x", "tftp://reports/x", "mailto:x", "https://", "http://[::1", "http://a:b/"],
)
def test_location_that_leads_nowhere_is_a_bad_reply(location: str) -> None:
    assert begin().take(redirect(location)) == Ending(
        status=302, reason="bad-reply", location=location
    )


def test_redirect_without_location_is_a_failure() -> None:
    assert begin().take(make_reply(302)) == Ending(status=302, reason="status-302")


def test_circle_of_redirects_ends_after_the_fifth() -> None:
    exchange = begin()
    for _ in range(MOST_REDIRECTS):
        follow(exchange, redirect("/in/a.xml"))

    assert exchange.take(redirect("/in/a.xml")) == Ending(
        status=302, reason="redirect-loop", location="/in/a.xml"
    )


def test_redirect_that_may_not_be_followed_is_a_failure() -> None:
    exchange = begin(may_go=lambda url: url.host != "evil")

    follow(exchange, redirect("http://good/"))

    assert exchange.take(redirect("http://evil/", 307)) == Ending(
        status=307, reason="status-307", location="http://evil/"
    )


@pytest.mark.parametrize(
    "location", ["http://other:8000/", "https://reports:8000/", "http://reports:8001/"]
)
def test_credentials_are_dropped_on_another_origin_and_do_not_come_back(location: str) -> None:
    exchange = begin()

    assert follow(exchange, redirect(location)).credentials is None
    assert follow(exchange, redirect("http://reports:8000/in/a.xml")).credentials is None


def test_credentials_in_a_location_are_not_used() -> None:
    step = follow(begin(), redirect("http://eve:evil@reports:8000/"))

    assert (step.url.user, step.url.password) == ("", "")
    assert step.credentials == REQUEST.credentials


def test_answer_does_not_travel_with_a_redirect() -> None:
    exchange = begin()
    assert ANSWER in follow(exchange, make_reply(401, BASIC)).headers

    assert follow(exchange, redirect("/other")).headers == REQUEST.headers


def test_challenge_is_answered_at_most_twice() -> None:
    exchange = begin()
    answered = replace(REQUEST, headers=(*REQUEST.headers, ANSWER))

    assert exchange.take(make_reply(401, BASIC)) == answered
    assert exchange.take(make_reply(401, BASIC)) == answered
    assert exchange.take(make_reply(401, BASIC)) == Ending(status=401, reason="auth")


def test_stale_nonce_is_answered_with_the_new_one() -> None:
    exchange = begin()
    follow(exchange, make_reply(401, ("www-authenticate", 'Digest realm="r", nonce="old"')))
    offer = ("www-authenticate", 'Digest realm="r", nonce="new", stale=true')

    step = follow(exchange, make_reply(401, offer))

    assert [name for name, _ in step.headers] == ["User-Agent", "Authorization"]
    assert 'nonce="new"' in step.headers[-1][1]


def test_each_place_may_ask_twice() -> None:
    exchange = begin()
    for reply in (make_reply(401, BASIC), make_reply(401, BASIC), redirect("/x")):
        follow(exchange, reply)

    assert ANSWER in follow(exchange, make_reply(401, BASIC)).headers


def test_proxys_challenge_is_answered_in_its_own_header() -> None:
    step = follow(begin(), make_reply(407, ("proxy-authenticate", 'Basic realm="r"')))

    assert step.headers[-1] == ("Proxy-Authorization", "Basic am9lOnRpZ2Vy")


@pytest.mark.parametrize("status", [401, 407])
def test_challenge_without_credentials_is_a_failure_with_its_number(status: int) -> None:
    exchange = begin(replace(REQUEST, credentials=None))

    assert exchange.take(make_reply(status, BASIC)).reason == f"status-{status}"  # type: ignore[union-attr]


@pytest.mark.parametrize("headers", [[], [("www-authenticate", "Negotiate")]])
def test_challenge_that_no_credentials_fit_is_auth(headers: list[tuple[str, str]]) -> None:
    assert begin().take(make_reply(401, *headers)) == Ending(status=401, reason="auth")
