import pytest

from mppsim.admin.reply import PageRequest, Reply, RequestError, page, redirect, sentence, xml


@pytest.mark.parametrize(
    ("agent", "is_browser"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64)", True),
        ("curl/8.5.0", False),
        ("", False),
        ("Wget/1.21 Mozilla/5.0", False),
    ],
)
def test_browser_is_known_by_how_its_user_agent_begins(agent: str, is_browser: bool) -> None:
    request = PageRequest(method="GET", target="/", path="/", headers={"user-agent": agent})

    assert request.is_from_browser is is_browser


@pytest.mark.parametrize(("method", "is_form"), [("POST", True), ("GET", False), ("HEAD", False)])
def test_form_is_what_is_posted(method: str, is_form: bool) -> None:
    assert PageRequest(method=method, target="/", path="/").is_form is is_form


def test_answers_say_what_they_are() -> None:
    assert page("é") == Reply(body="é".encode())
    assert page("x", status=422).status == 422
    assert xml(b"<a/>") == Reply(media_type="text/xml", body=b"<a/>")
    assert sentence(404, "none") == Reply(status=404, media_type="text/plain", body=b"none\n")
    assert redirect("/admin") == Reply(status=303, headers=(("Location", "/admin"),))


def test_page_of_a_broken_character_is_still_a_page() -> None:
    assert page("a\udc80b").body == b"a?b"


def test_headers_are_added_at_the_end() -> None:
    reply = Reply(headers=(("A", "1"),)).adding(("B", "2"), ("A", "3"))

    assert reply.headers == (("A", "1"), ("B", "2"), ("A", "3"))


def test_neither_request_nor_answer_shows_what_it_holds() -> None:
    request = PageRequest(
        method="POST", target="/", path="/", body=b"hush", headers={"authorization": "hush"}
    )

    assert "hush" not in repr(request)
    assert "hush" not in repr(page("hush"))


def test_error_carries_its_status() -> None:
    error = RequestError(404, "there is no such page")

    assert (error.status, error.reason, str(error)) == (404, *["there is no such page"] * 2)


def test_query_is_read_by_name_and_one_of_too_many_names_refused() -> None:
    request = PageRequest(method="GET", target="/", path="/", query="q=a+%C3%A9&q=b&x=")

    assert (request.asks("q"), request.asks("x"), request.asks("y")) == ("a é", "", "")
    with pytest.raises(RequestError):
        PageRequest(method="GET", target="/", path="/", query="a=1&" * 9).asks("a")


@pytest.mark.parametrize(
    ("query", "argument", "login"),
    [
        ("", "", None),
        ("http://h/x?a=1&b=2", "http://h/x?a=1&b=2", None),
        ("%5B--uid+a%5Dhttp://h/x", "[--uid a]http://h/x", None),
        ("http://h/x&xuser=admin&xpassword=s%263", "http://h/x", ("admin", "s&3")),
        ("xuser=admin&xpassword=", "", ("admin", "")),
        ("http://h/x?xuser=a&b=c", "http://h/x?xuser=a&b=c", None),
        ("&xpassword=a&xuser=b", "&xpassword=a&xuser=b", None),
    ],
)
def test_query_of_a_direct_url_is_one_text_and_perhaps_credentials(
    query: str, argument: str, login: tuple[str, str] | None
) -> None:
    request = PageRequest(method="GET", target="/", path="/", query=query)

    assert (request.argument, request.login) == (argument, login)
