import pytest

from mppsim.core.url import parse_url
from mppsim.errors import UploadError
from mppsim.http.request import Credentials, HttpRequest, is_token, render_head

AGENT = ("User-Agent", "Cisco-CP-8851-3PCC/12.0.7 (00562b000001)")


def render(url: str = "http://reports/a.xml", *headers: tuple[str, str], length: int = 3) -> bytes:
    return render_head("PUT", parse_url(url), headers, length)


def test_head_has_the_phones_headers_in_the_phones_order() -> None:
    headers = (
        AGENT,
        ("Accept-Encoding", "deflate, gzip"),
        ("Accept", "*/*"),
        ("Accept-Language", "en"),
        ("Accept-Charset", "iso-8859-1"),
        ("Content-Type", "application/x-www-form-urlencoded"),
    )

    head = render_head("POST", parse_url("http://10.0.0.1:8080/r.php?m=1"), headers, 6000)

    assert head == (
        b"POST /r.php?m=1 HTTP/1.1\r\n"
        b"User-Agent: Cisco-CP-8851-3PCC/12.0.7 (00562b000001)\r\n"
        b"Host: 10.0.0.1:8080\r\n"
        b"Accept-Encoding: deflate, gzip\r\n"
        b"Accept: */*\r\n"
        b"Accept-Language: en\r\n"
        b"Accept-Charset: iso-8859-1\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n"
        b"Content-Length: 6000\r\n"
        b"\r\n"
    )


@pytest.mark.parametrize(
    ("url", "host"),
    [
        pytest.param("http://reports/a", b"reports", id="realistic: default port left out"),
        pytest.param("https://reports/a", b"reports", id="realistic: https, too"),
        pytest.param("https://reports:80/a", b"reports:80", id="realistic: another's default"),
        pytest.param(
            "http://my_http_server:8000/a", b"my_http_server:8000", id="guide: underscore"
        ),
        pytest.param("http://[::1]/a", b"[::1]", id="synthetic: IPv6"),
        pytest.param("http://[2001:db8::1]:81/a", b"[2001:db8::1]:81", id="synthetic: with port"),
    ],
)
def test_host_names_the_port_only_where_it_is_not_the_schemes(url: str, host: bytes) -> None:
    assert b"\r\nHost: " + host + b"\r\n" in render(url, AGENT)


def test_host_stands_first_where_there_is_no_other_header() -> None:
    assert render(length=0) == b"PUT /a.xml HTTP/1.1\r\nHost: reports\r\nContent-Length: 0\r\n\r\n"


def test_get_has_no_length_since_it_has_no_body() -> None:
    head = render_head("GET", parse_url("http://reports/cfg.xml"), (), 0)

    assert head == b"GET /cfg.xml HTTP/1.1\r\nHost: reports\r\n\r\n"


def test_value_with_other_characters_goes_out_as_utf_8() -> None:
    assert "User-Agent: Empfang Süd\r\n".encode() in render(
        "http://reports/", ("User-Agent", "Empfang Süd")
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("User-Agent", "x\r\nX-Evil: 1", id="pathological: a header in a value"),
        pytest.param("User-Agent", "x\nX-Evil: 1", id="pathological: the same with LF alone"),
        pytest.param("User-Agent", "x\rX-Evil: 1", id="pathological: the same with CR alone"),
        pytest.param("User-Agent", "x\x00", id="pathological: NUL"),
        pytest.param("User-Agent", "x\x7f", id="pathological: DEL"),
        pytest.param("X Evil", "1", id="pathological: a space in a name"),
        pytest.param("X-Evil:", "1", id="pathological: a colon in a name"),
        pytest.param("", "1", id="pathological: no name"),
        pytest.param("Content-Length", "0", id="pathological: a second length"),
        pytest.param("host", "evil", id="pathological: a second host"),
        pytest.param("Transfer-Encoding", "chunked", id="pathological: a second framing"),
    ],
)
def test_header_that_breaks_out_of_its_line_is_refused(name: str, value: str) -> None:
    with pytest.raises(UploadError) as refused:
        render("http://reports/", (name, value))

    assert refused.value.reason == "rule"


def test_secret_in_a_refused_header_is_not_in_the_error() -> None:
    with pytest.raises(UploadError) as refused:
        render("http://reports/", ("Authorization", "Basic c2VjcmV0\r\n"))

    assert "c2VjcmV0" not in str(refused.value)


@pytest.mark.parametrize("method", ["PU T", "PUT\r\n", "", "PÜT"])
def test_method_that_is_no_word_is_refused(method: str) -> None:
    with pytest.raises(UploadError):
        render_head(method, parse_url("http://reports/"), (), 0)


@pytest.mark.parametrize("target", ["/a b", "/a\r\nX-Evil: 1", "/a HTTP/1.0\r\n\r\n"])
def test_target_that_breaks_out_of_the_request_line_is_refused(target: str) -> None:
    url = parse_url("http://reports/")
    object.__setattr__(url, "target", target)  # parse_url itself would have escaped it

    with pytest.raises(UploadError):
        render_head("PUT", url, (), 0)


def test_password_and_body_are_not_on_show() -> None:
    request = HttpRequest(
        method="PUT",
        url=parse_url("http://reports/"),
        headers=(("Authorization", "Basic c2VjcmV0"),),
        body=b"<Password>hunter2</Password>",
        credentials=Credentials("joe", "tiger"),
    )

    shown = repr(request)

    assert "tiger" not in shown
    assert "hunter2" not in shown
    assert "c2VjcmV0" not in shown


@pytest.mark.parametrize(("text", "expected"), [("X-Y", True), ("", False), ("a\n", False)])
def test_token_is_told_from_other_text(text: str, expected: bool) -> None:
    assert is_token(text) is expected
