"""Where a request's target leads, from its text alone."""

import os.path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.server.refusal import Refused
from mppsim.server.target import MOST_BYTES, MOST_NAME_BYTES, Target, parse_target

LEADS = [
    # realistic
    ("/config-mpp.xml", ("config-mpp.xml",), False),
    ("/reports/00562b043615-delta.xml", ("reports", "00562b043615-delta.xml"), False),
    ("/report_upload.php?mac=00562b043615&x=/../..", ("report_upload.php",), False),
    ("/reports/$MA.xml", ("reports", "$MA.xml"), False),
    ("http://my_http_server:8000/a/b.xml", ("a", "b.xml"), False),
    ("HTTPS://server/a.xml?b", ("a.xml",), False),
    ("/a%20b;v=1/Caf%C3%A9.xml", ("a b;v=1", "Café.xml"), False),
    # synthetic
    ("/", (), True),
    ("http://server", (), True),
    ("http://server?x", (), True),
    ("/a/", ("a",), True),
    ("//etc/passwd", ("etc", "passwd"), False),
    ("/a//b///c", ("a", "b", "c"), False),
    ("/a:b@c", ("a:b@c",), False),
    ("/http://b/c", ("http:", "b", "c"), False),
    ("/a#b", ("a#b",), False),
    # pathological, and harmless: decoded once, these are odd names
    ("/%252e%252e/x", ("%2e%2e", "x"), False),
    ("/%252fetc", ("%2fetc",), False),
    ("/~root/x", ("~root", "x"), False),
    ("/-rf", ("-rf",), False),
    ("/a..b/c..", ("a..b", "c.."), False),
    ("/con", ("con",), False),
    ("/\u202egnp.xml", ("\u202egnp.xml",), False),
    ("/" + "n" * MOST_NAME_BYTES, ("n" * MOST_NAME_BYTES,), False),
]

REFUSED = [
    ("/../x", 400, "begins with a dot"),
    ("/..", 400, "begins with a dot"),
    ("/a/../../x", 400, "begins with a dot"),
    ("/./x", 400, "begins with a dot"),
    ("/%2e%2e/x", 400, "begins with a dot"),
    ("/.%2E/x", 400, "begins with a dot"),
    ("/%2E./x", 400, "begins with a dot"),
    ("/.htaccess", 400, "begins with a dot"),
    ("/.mppsim-1-1", 400, "begins with a dot"),
    ("/a/...", 400, "begins with a dot"),
    ("http://server/../x", 400, "begins with a dot"),
    ("/..%2fx", 400, "slash"),
    ("/%2fetc%2fpasswd", 400, "slash"),
    ("/a%2Fb", 400, "slash"),
    ("/..%5cx", 400, "slash"),
    ("/a\\b", 400, "backslash"),
    ("/\\\\server\\share", 400, "backslash"),
    ("/a/%00b", 400, "control character"),
    ("/a%00", 400, "control character"),
    ("/a%0d%0ab", 400, "control character"),
    ("/a\x1b[2J", 400, "control character"),
    ("/a%7f", 400, "control character"),
    ("/a%", 400, "percent"),
    ("/a%2", 400, "percent"),
    ("/%zz", 400, "percent"),
    ("/%u002e", 400, "percent"),
    ("/%ff", 400, "UTF-8"),
    ("/%c0%ae%c0%ae/x", 400, "UTF-8"),
    ("/%ed%a0%80", 400, "UTF-8"),
    ("/\udcff", 400, "UTF-8"),
    ("*", 400, "does not begin with a slash"),
    ("server:443", 400, "does not begin with a slash"),
    ("a/b", 400, "does not begin with a slash"),
    ("../x", 400, "does not begin with a slash"),
    ("\\x", 400, "does not begin with a slash"),
    ("/" + "n" * (MOST_NAME_BYTES + 1), 414, "name"),
    ("/" + "%C3%A9" * (MOST_NAME_BYTES // 2 + 1), 414, "name"),
    ("/a" * (MOST_BYTES // 2) + "/", 414, "path"),
    ("/" + "n/" * 100_000, 414, "path"),
]


@pytest.mark.parametrize(
    ("text", "names", "is_directory"), LEADS, ids=[row[0][:40] for row in LEADS]
)
def test_target_leads_below_the_directory(
    text: str, names: tuple[str, ...], is_directory: bool
) -> None:
    actual = parse_target(text)

    assert actual == Target(names, is_directory=is_directory)


@pytest.mark.parametrize(
    ("text", "status", "reason"), REFUSED, ids=[row[0][:40] for row in REFUSED]
)
def test_target_that_could_lead_elsewhere_is_refused(text: str, status: int, reason: str) -> None:
    with pytest.raises(Refused, match=reason) as caught:
        parse_target(text)

    assert caught.value.status == status


def test_longest_path_is_still_taken() -> None:
    text = ("/" + "n" * 63) * (MOST_BYTES // 64)

    assert len(parse_target(text).names) == 16


@pytest.mark.parametrize(
    ("target", "text"),
    [
        (Target((), is_directory=True), "/"),
        (Target(("a",), is_directory=True), "/a/"),
        (Target(("a b", "Café;v=1?.xml"), is_directory=False), "/a%20b/Caf%C3%A9%3Bv%3D1%3F.xml"),
    ],
)
def test_target_prints_itself_as_a_url_has_it(target: Target, text: str) -> None:
    assert str(target) == text
    assert parse_target(text) == target


_SPICE = [
    "/",
    "\\",
    ".",
    "..",
    "%2e",
    "%2f",
    "%5c",
    "%00",
    "%",
    "\0",
    "a",
    "é",
    "\udc80",
    "?",
    "://",
]


@given(st.lists(st.one_of(st.sampled_from(_SPICE), st.text(max_size=4))).map("".join))
def test_no_text_leads_out_of_the_directory(text: str) -> None:
    try:
        target = parse_target(text)
    except Refused:
        return

    path = os.path.normpath("/".join(("/srv/reports", *target.names)))

    assert (path + "/").startswith("/srv/reports/")
    assert "\0" not in path
    assert path.encode()
    assert parse_target(str(target)) == target
