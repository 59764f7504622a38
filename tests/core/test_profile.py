import re
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.core.profile import (
    PROFILE_LIMIT,
    Profile,
    ProfileSetting,
    Remark,
    clean_value,
    parse_profile,
)
from mppsim.errors import ProfileError


def parse(body):
    return parse_profile(body, source="p.xml")


def values(body):
    return {setting.name: setting.value for setting in parse(body).settings}


def wrap(inner):
    return f"<flat-profile>{inner}</flat-profile>".encode()


@pytest.mark.parametrize(
    "body",
    [
        b"<flat-profile><A>1</A></flat-profile>",
        b"<device><flat-profile><A>1</A></flat-profile></device>",
        b"<env><flat-profile><A>1</A></flat-profile></env>",
        b"<x><y><flat-profile><A>1</A></flat-profile></y></x>",
        b'<?xml version="1.0" encoding="UTF-8"?>\n<flat-profile><A>1</A></flat-profile>\n',
        b'\r\n  <?xml version="1.0"?><flat-profile><A>1</A></flat-profile>',
        b"\xef\xbb\xbf<flat-profile><A>1</A></flat-profile>",
        "<flat-profile><A>1</A></flat-profile>".encode("utf-16"),
        b"<flat-profile><flat-profile><A>1</A></flat-profile></flat-profile>",
        b"<flat-profile/><!-- <A>2</A> --><?pi?>".replace(b"/>", b"><A>1</A></flat-profile>", 1),
    ],
    ids=[
        "bare",
        "in device",
        "in env",
        "deeper",
        "with a declaration",
        "blank lines before the declaration",
        "byte order mark",
        "UTF-16",
        "one in another",
        "comment and instruction after it",
    ],
)
def test_profile_is_read_wherever_its_flat_profile_stands(body):
    assert values(body) == {"A": "1"}


def test_two_flat_profiles_are_read_in_order():
    one, two = wrap("<A>1</A>"), wrap("<A>2</A>")

    settings = parse(b"<device>" + one + two + b"</device>").settings

    assert [setting.value for setting in settings] == ["1", "2"]


@pytest.mark.parametrize(
    ("element", "value"),
    [
        ("<A>on</A>", "on"),
        ("<A> \t\r\n on\n </A>", "on"),
        (
            "<A>\n  [--delta]http://h/a\n  [--status]http://h/b\n</A>",
            "[--delta]http://h/a   [--status]http://h/b",
        ),
        ("<A>a\r\nb</A>", "a b"),
        ("<A>a&#13;b</A>", "a b"),
        ("<A/>", ""),
        ("<A></A>", ""),
        ('<A>""</A>', ""),
        ('<A> "" </A>', ""),
        ('<A>"x"</A>', '"x"'),
        ("<A>1&lt;2 &amp;&amp; 3&gt;2 &quot;&apos;</A>", "1<2 && 3>2 \"'"),
        ("<A>&#x2014;&#65;</A>", "—A"),
        ("<A><![CDATA[a<b&c]]></A>", "a<b&c"),
        ("<A>a<!-- not this -->b</A>", "ab"),
        ("<A>a<?nor this?>b</A>", "ab"),
        ("<A>\u00a0x\u00a0</A>", "\u00a0x\u00a0"),
    ],
)
def test_value_is_cleaned_as_the_phone_does(element, value):
    assert values(wrap(element)) == {"A": value}


@pytest.mark.parametrize(("attribute", "ua"), [('ua="rw"', "rw"), ('ua="odd"', "odd"), ("", None)])
def test_ua_attribute_is_kept_as_it_is(attribute, ua):
    assert parse(wrap(f"<A {attribute} other='1'/>")).settings == (
        ProfileSetting(name="A", value="", ua=ua),
    )


def test_settings_keep_their_order_and_their_repetitions():
    settings = parse(wrap("<B>1</B><A>2</A><B>3</B>")).settings

    assert [(s.name, s.value) for s in settings] == [("B", "1"), ("A", "2"), ("B", "3")]


def test_commented_element_is_no_setting():
    assert parse(wrap("<!-- <Password_1_>*************</Password_1_> -->")) == Profile(())


def test_element_that_holds_elements_is_left_out_with_a_warning():
    profile = parse(wrap("<Group><A>1</A></Group><B>2</B>"))

    assert [setting.name for setting in profile.settings] == ["B"]
    assert profile.warnings == (Remark("Group", "holds other elements, not a value: ignored"),)


@pytest.mark.parametrize(
    ("body", "line", "said"),
    [
        (b"", 1, "begins with <flat-profile>"),
        (b"\x00\x01", 1, "begins with <flat-profile>"),
        (b"Report_Rule=x", 1, "begins with <flat-profile>"),
        (b"<flat-profile>\n<A>1</B>\n</flat-profile>", 2, "under another name"),
        (b"<flat-profile>\n<A>1\n", 3, "ends inside an element"),
        (b"<flat-profile>\n\n<A>a & b</A></flat-profile>", 3, "write &lt; or &amp;"),
        (b"<flat-profile><A>a&b</A></flat-profile>", 1, "write &amp;"),
        (b"<flat-profile><A>&nbsp;</A></flat-profile>", 1, "write &amp;"),
        (b"<flat-profile><A>\x07</A></flat-profile>", 1, "XML cannot carry"),
        (b"<flat-profile>\n<A>\xff\xfe</A></flat-profile>", 2, "save the file as UTF-8"),
        (b"<flat-profile/>\n<flat-profile/>", 2, "goes on after"),
        (b"<a:flat-profile/>", 1, "not well-formed"),
        (b"\n\n<flat-profile>\n<A>1</B></flat-profile>", 4, "under another name"),
        (b"<a>" * 300, 1, "not well-formed"),
        (b'<?xml version="1.0" encoding="wurst"?><flat-profile/>', 1, "not well-formed"),
    ],
)
def test_broken_profile_is_refused_with_its_line(body, line, said):
    with pytest.raises(ProfileError) as refused:
        parse(body)

    assert str(refused.value).startswith(f"p.xml, line {line}: ")
    assert said in str(refused.value)


BOMB = (
    '<!DOCTYPE b [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>\n'
    "<flat-profile><A>&b;</A></flat-profile>"
)


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (b"<!DOCTYPE flat-profile><flat-profile/>", 1),
        (b'<?xml version="1.0"?>\n<!DOCTYPE x SYSTEM "file:///etc/passwd">\n<flat-profile/>', 2),
        (BOMB.encode(), 1),
        (BOMB.encode("utf-16"), 1),
    ],
    ids=["plain", "outside file", "entities", "entities in UTF-16"],
)
def test_doctype_is_refused(body, line):
    with pytest.raises(ProfileError, match="has a DOCTYPE") as refused:
        parse(body)

    assert f"line {line}" in str(refused.value)


@pytest.mark.parametrize("body", [b"<html/>", b"<Flat-Profile/>", b"<device><A/></device>"])
def test_file_without_flat_profile_is_refused(body):
    with pytest.raises(ProfileError, match=r"p\.xml: has no <flat-profile> element"):
        parse(body)


def test_longest_profile_is_read_and_a_longer_one_refused():
    room = PROFILE_LIMIT - len(wrap("<A></A>"))

    assert len(values(wrap(f"<A>{'x' * room}</A>"))["A"]) == room
    with pytest.raises(ProfileError, match=r"2,097,153 bytes; at most 2,097,152 are read"):
        parse(wrap(f"<A>{'x' * (room + 1)}</A>"))


def test_encrypted_profile_says_that_it_is():
    with pytest.raises(ProfileError, match="mppsim decrypt"):
        parse(b"Salted__\x00\x01\x02\x03\x04\x05\x06\x07")


@pytest.mark.parametrize(
    "inner",
    [
        "<Password_1_>a&hunter2;b</Password_1_>",
        "<Password_1_>a<hunter2</Password_1_>",
        "<Password_1_>a<hunter2></Password_1_>",
        "<Password_1_>hunter2\x01</Password_1_>",
    ],
)
def test_error_shows_no_piece_of_a_value(inner):
    with pytest.raises(ProfileError) as refused:
        parse(wrap(inner))

    assert "hunter2" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_repr_shows_no_value():
    assert "hunter2" not in repr(parse(wrap("<Password_1_>hunter2</Password_1_>")))


@pytest.mark.parametrize(
    ("text", "cleaned"), [(" a ", "a"), ("a\nb\rc\r\nd", "a b c d"), ("a\tb", "a\tb"), ("", "")]
)
def test_value_is_cleaned(text, cleaned):
    assert clean_value(text) == cleaned


NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]{0,12}", fullmatch=True)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=40).filter(
    lambda text: not re.search("[\ufffe\uffff]", text) and text.strip(" ") == text and text != '""'
)
UAS = st.sampled_from([None, "na", "ro", "rw"])
ROOTS = st.sampled_from(["{}", "<device>{}</device>", "<env>\n{}\n</env>"])


@given(st.lists(st.tuples(NAMES, TEXTS, UAS), max_size=8), ROOTS)
def test_rendered_profile_gives_the_same_values(rows, root):
    inner = "".join(
        f"<{name}{f' ua={ua!r}' if ua else ''}>{escape(text)}</{name}>\n" for name, text, ua in rows
    )

    profile = parse(root.format(f"<flat-profile>\n{inner}</flat-profile>").encode())

    assert [(s.name, s.value, s.ua) for s in profile.settings] == rows
    assert profile.warnings == ()


TAGS = ["<flat-profile>", "</flat-profile>", "<A>", "</A>", "<A/>", "<A", 'ua="', '"', "<", ">"]
MARKS = ["<!--", "-->", "<![CDATA[", "]]>", "<!DOCTYPE", "<?xml", "?>", "&", "&amp;", "&#0;", "x"]
PIECES = st.sampled_from([*TAGS, *MARKS])


@given(
    st.one_of(st.binary(max_size=64), st.lists(PIECES, max_size=12).map(" ".join).map(str.encode))
)
def test_any_bytes_give_a_profile_or_a_profile_error(body):
    try:
        outcome: object = parse(body)
    except ProfileError as error:
        outcome = str(error)

    assert isinstance(outcome, Profile) or str(outcome).startswith("p.xml")
