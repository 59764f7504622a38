import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.core.url import DEFAULT_PORTS, Url, parse_url
from mppsim.errors import ReportRuleError


def url(scheme: str, host: str, port: int, target: str, user: str = "", password: str = "") -> Url:
    return Url(scheme=scheme, host=host, port=port, target=target, user=user, password=password)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # realistic: the guides' own
        (
            "http://my_http_server/config-mpp.xml",
            url("http", "my_http_server", 80, "/config-mpp.xml"),
        ),
        ("/000e08aabbcc.cfg", url("tftp", "", 69, "/000e08aabbcc.cfg")),
        ("192.168.1.130/profiles/init.cfg", url("tftp", "192.168.1.130", 69, "/profiles/init.cfg")),
        (
            "http://neptune.speak.net:8080/prov/a/b.cfg",
            url("http", "neptune.speak.net", 8080, "/prov/a/b.cfg"),
        ),
        (
            "https://secure.me.com/profile?Linksys",
            url("https", "secure.me.com", 443, "/profile?Linksys"),
        ),
        (
            "tftp://ps.callhome.net/m/rep.xml.enc",
            url("tftp", "ps.callhome.net", 69, "/m/rep.xml.enc"),
        ),
        ("http://example.com/a;v=1/b.xml", url("http", "example.com", 80, "/a;v=1/b.xml")),
        # defaults
        ("http://example.com", url("http", "example.com", 80, "/")),
        ("https://example.com?mac=1", url("https", "example.com", 443, "/?mac=1")),
        ("http://example.com:/x", url("http", "example.com", 80, "/x")),
        ("server:6969/x", url("tftp", "server", 6969, "/x")),
        ("http:8069/x", url("tftp", "http", 8069, "/x")),
        ("tftp:///x", url("tftp", "", 69, "/x")),
        ("//host/x", url("tftp", "", 69, "//host/x")),
        # case and fragment
        ("HTTP://Example.COM/A#part", url("http", "example.com", 80, "/A")),
        ("http://example.com.:80/", url("http", "example.com.", 80, "/")),
        # user and password
        ("http://joe:s3cret@h/x", url("http", "h", 80, "/x", "joe", "s3cret")),
        ("http://joe@h/x", url("http", "h", 80, "/x", "joe")),
        ("http://joe:p%40s:s@h@h/x", url("http", "h", 80, "/x", "joe", "p@s:s@h")),
        ("joe:s3cret@h/x", url("tftp", "h", 69, "/x", "joe", "s3cret")),
        ("http://@h/x", url("http", "h", 80, "/x")),
        # IPv6
        ("http://[::1]/x", url("http", "::1", 80, "/x")),
        ("http://[2001:DB8:0::1]:8080/x", url("http", "2001:db8::1", 8080, "/x")),
        ("http://[fe80::1%25eth0]/x", url("http", "fe80::1%eth0", 80, "/x")),
        ("[::1]/x", url("tftp", "::1", 69, "/x")),
        # what a client must encode, and what it must not
        ("http://h/a b", url("http", "h", 80, "/a%20b")),
        ("http://h/gr\u00fc\u00df", url("http", "h", 80, "/gr%C3%BC%C3%9F")),
        ("http://h/x\r\nX-Evil: 1", url("http", "h", 80, "/x%0D%0AX-Evil:%201")),
        ("http://h/%7e%zz?a=b&c=%20", url("http", "h", 80, "/%7e%zz?a=b&c=%20")),
        ("http://h/[x]", url("http", "h", 80, "/%5Bx%5D")),
        ("http://h/\udcff", url("http", "h", 80, "/%ED%B3%BF")),
    ],
)
def test_a_text_means_this_url(text: str, expected: Url) -> None:
    actual = parse_url(text)

    assert actual == expected


@pytest.mark.parametrize(
    ("text", "at", "word"),
    [
        ("ftp://h/x", 0, "tftp, http or https"),
        ("gds://abc", 0, "tftp, http or https"),
        ("http:/h/x", 5, "two slashes"),
        ("https:h", 6, "two slashes"),
        ("TFTP:", 5, "two slashes"),
        ("", 0, "path"),
        ("server", 6, "path"),
        ("report.xml", 10, "path"),
        ("tftp://server", 13, "path"),
        ("server?x", 6, "path"),
        ("http://", 7, "server"),
        ("https:///x", 8, "server"),
        ("tftp://:69/x", 7, "server"),
        ("http://joe:pw@/x", 7, "server"),
        ("joe:pw@/x", 0, "server"),
        ("http://a b/x", 8, "letters"),
        ("http://h\u00fctte/x", 8, "xn--"),
        ("http://a..b/x", 7, "no server name"),
        ("http://" + "a" * 254 + "/x", 7, "no server name"),
        ("http://h:80a/x", 11, "number"),
        ("http://h:\u0661/x", 9, "number"),
        ("http://h:0/x", 9, "65535"),
        ("http://h:65536/x", 9, "65535"),
        ("http://h:" + "9" * 5000 + "/x", 9, "65535"),
        ("http://[::1/x", 7, "never closed"),
        ("http://[::g]/x", 8, "IPv6"),
        ("http://[]/x", 8, "IPv6"),
        ("http://[fe80::1%]/x", 8, "IPv6"),
        ("http://[fe80::1%x\r\ny]/x", 8, "IPv6"),
        ("http://[::1]80/x", 12, "port"),
    ],
)
def test_a_wrong_url_is_refused_where_it_is_wrong(text: str, at: int, word: str) -> None:
    with pytest.raises(ReportRuleError) as caught:
        parse_url(text)

    assert caught.value.at == at
    assert word in caught.value.reason


@pytest.mark.parametrize(
    ("text", "authority", "shown"),
    [
        ("http://h:80/x", "h", "http://h/x"),
        ("https://h:80/x", "h:80", "https://h:80/x"),
        ("http://[::1]:8080/x", "[::1]:8080", "http://[::1]:8080/x"),
        ("http://[fe80::1%25eth0]/x", "[fe80::1%25eth0]", "http://[fe80::1%25eth0]/x"),
        ("h:69/x", "h", "tftp://h/x"),
        ("/x", "", "/x"),
        ("http://joe:s3cret@h/x", "h", "http://h/x"),
    ],
)
def test_a_url_prints_itself(text: str, authority: str, shown: str) -> None:
    actual = parse_url(text)

    assert (actual.authority, str(actual)) == (authority, shown)


def test_no_view_of_a_url_holds_its_password() -> None:
    secret = parse_url("http://joe:s3cret@h/x")

    assert "s3cret" not in f"{secret} {secret!r}"


HOSTS = st.from_regex(r"[a-z0-9_]{1,9}(\.[a-z0-9_-]{1,9}){0,2}", fullmatch=True) | st.ip_addresses(
    v=6
).map(lambda address: f"[{address}]")


@given(
    st.sampled_from(sorted(DEFAULT_PORTS)),
    HOSTS,
    st.none() | st.integers(1, 65535),
    st.text(),
)
def test_reading_what_a_url_prints_gives_the_url(
    scheme: str, host: str, port: int | None, path: str
) -> None:
    read = parse_url(f"{scheme}://{host}{'' if port is None else f':{port}'}/{path}")

    assert parse_url(str(read)) == read


@given(st.text(st.characters()) | st.text(":/@[]%?#.a1 "))
def test_any_text_is_a_url_or_an_error_inside_it(text: str) -> None:
    read: Url | ReportRuleError
    try:
        read = parse_url(text)
    except ReportRuleError as error:
        read = error

    if isinstance(read, ReportRuleError):
        assert 0 <= read.at <= len(text)
        assert read.text == text
    else:
        assert read.target.startswith("/")
        request_line = f"{read.authority}{read.target}"
        assert request_line.isascii()
        assert request_line.isprintable()
        assert " " not in request_line


def test_origin_is_what_a_connection_may_be_kept_for() -> None:
    assert parse_url("http://u:p@h:81/a").origin == parse_url("http://h:81/b").origin
    assert parse_url("http://h/a").origin != parse_url("https://h/a").origin
