from time import perf_counter

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from mppsim.core.report_rule import ReportRule, read_report_rule
from mppsim.core.secrets import hide_secrets, secret_spans


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # realistic
        ("[--delta --key test123]http://h/x", "[--delta --key ***]http://h/x"),
        ('[--key "my secret"]http://h/x', "[--key ***]http://h/x"),
        ("[--key “my secret”]http://h/x", "[--key ***]http://h/x"),
        ('[--key “my secret"]http://h/x', "[--key ***]http://h/x"),
        ("[ --key s3cret ] http://h/x", "[ --key *** ] http://h/x"),
        ("[--uid joe --pwd s3cret]http://h/x", "[--uid joe --pwd ***]http://h/x"),
        ("[--pwd a --key b --uid c]u", "[--pwd *** --key *** --uid c]u"),
        ("[--key a]u [--key b --status]v", "[--key ***]u [--key *** --status]v"),
        ("[--KEY s3cret]u", "[--KEY ***]u"),
        ('[--key ab"c d"e]u', "[--key ***]u"),
        ("[--key $SA]u", "[--key ***]u"),
        # passwords in URLs
        ("http://joe:s3cret@h/x", "http://joe:***@h/x"),
        ("joe:s3cret@h/x", "joe:***@h/x"),
        ("http://joe:a:b@c@h/x", "http://joe:***@h/x"),
        ("http://joe:pa/ss@h/x", "http://joe:***@h/x"),
        ("http://joe:123@h/x", "http://joe:***@h/x"),
        (
            "PUT http://joe:s3cret@h/x and http://h:80/a@b",
            "PUT http://joe:***@h/x and http://h:80/a@b",
        ),
        ("[--delta]http://joe:s3cret@h/x", "[--delta]http://joe:***@h/x"),
        ('{"url":"http://joe:s3cret@h/x"}', '{"url":"http://joe:***@h/x"}'),
        ("joe:@h/x", "joe:@h/x"),
        ("sip:100:s3cret@h", "sip:100:***@h"),
        ("http://sip:s3cret@h/", "http://sip:***@h/"),
        # broken rules
        ('[--key "s3cret]http://h/x', "[--key ***"),
        ("[--key “s3cret]http://h/x", "[--key ***"),
        ("[--key s3cret http://h/x", "[--key *** http://h/x"),
        ("[--key my s3cret]http://h/x", "[--key ***]http://h/x"),
        ("[--key=s3cret]u", "[--key=***]u"),
        ("[--pwdMySecretPassword]u", "[--pwd***]u"),
        ("[—key s3cret]u", "[—key ***]u"),
        ("[--key --s3cret --delta]u", "[--key *** --delta]u"),
        ("[--key 'my s3cret --x']u", "[--key ***]u"),
        ("[--key ‘my s3cret --x’]u", "[--key ***]u"),
        ("[--key 's3cret]u", "[--key ***]u"),
        ("[--key &quot;my s3cret --x&quot;]u", "[--key ***]u"),
        ('"[--key \\"my s3cret\\"]u"', '"[--key ***]u"'),
        ("http://a[--key s3cret]http://b", "http://a[--key ***]http://b"),
        ('[--uid "--key" --pwd "s1 --s2"]u', '[--uid "--key***]u'),
        (
            "/admin/resync?%5B--uid+admin+--pwd+555%5Dhttp://h/x",
            "/admin/resync?%5B--uid+admin+--pwd+***",
        ),
        # nothing to hide
        ("http://h:8080/x", "http://h:8080/x"),
        ("http://h:8080/x@y", "http://h:8080/x@y"),
        ("sip:100@h sips:1@h", "sip:100@h sips:1@h"),
        ("[--key]u", "[--key]u"),
        ("[--key --delta]u", "[--key --delta]u"),
        ("a value has to follow --key", "a value has to follow --key"),
        ("without --key, or --pwd; (with --key)", "without --key, or --pwd; (with --key)"),
        ("joe@h", "joe@h"),
        ("", ""),
    ],
)
def test_a_text_shows_as_this(text: str, expected: str) -> None:
    actual = hide_secrets(text)

    assert actual == expected
    assert hide_secrets(expected) == expected


def pieces(*words: str) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(words)).map("".join)


# A sign that is in no text around a secret and in every part of it: if one shows, some did.
MARK = "§"
AWKWARD = [
    *"ab 7\"“”\\[]-'‘’@:/?#$+;=%\t\n",
    "--",
    " --",
    " --x",
    "--key ",
    "://",
    "&quot;",
    "%20",
    "\\042",
]


def marked(words: list[str]) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(words)).map(lambda parts: MARK.join(["", *parts, ""]) or MARK)


SECRETS = marked(AWKWARD)
BARE = marked([word for word in AWKWARD if not set(word) & set(' "“”[]\t\n')])


@given(SECRETS, SECRETS, st.sampled_from(["{}", "phone 7: rule {} failed: refused", "'{}'"]))
def test_no_secret_of_a_written_rule_survives(key: str, pwd: str, around: str) -> None:
    rule = ReportRule(key=key, uid="--key", pwd=pwd, target="http://h/x")

    assert MARK not in hide_secrets(around.format(rule))


@given(BARE, st.sampled_from(["[--key {}]u", "[--key {} http://h/x", "--pwd {}", "[--key={}]u"]))
def test_no_bare_secret_survives_a_broken_rule(secret: str, around: str) -> None:
    assert MARK not in hide_secrets(around.format(secret))


@given(SECRETS, st.sampled_from('"“'))
def test_no_secret_survives_an_unclosed_quotation_mark(secret: str, mark: str) -> None:
    assume(not set(secret) & set('"“”'))

    assert MARK not in hide_secrets(f"[--delta --key {mark}{secret}]http://h/x [--status]u")


@given(
    SECRETS, st.sampled_from(["http://joe:{}@h/x", "joe:{}@h/x", "PUT http://joe:{}@h:80/x?y: 500"])
)
def test_no_password_of_a_url_survives(secret: str, around: str) -> None:
    assume(secret.split() == [secret])

    assert MARK not in hide_secrets(around.format(secret))


@given(pieces(*'[]"“” -x;', MARK, "--key ", "--pwd ", "--uid ", " --x", "--delta", "u:", "]u "))
@example('[--uid "--key" --pwd "a --§"]u')
@example('[--uid "x --key §"]u')
def test_nothing_that_a_phone_reads_as_a_secret_shows(text: str) -> None:
    rules = [rule for rule in read_report_rule(text).rules if rule]
    secret = sum(f"{rule.key}{rule.pwd}".count(MARK) for rule in rules)

    assert hide_secrets(text).count(MARK) <= text.count(MARK) - secret


@given(pieces(*'[]"“” -x:@/=', "--key", "--pwd", "http://"))
def test_spans_are_in_order_and_apart(text: str) -> None:
    edges = [edge for span in secret_spans(text) for edge in span]

    assert edges == sorted(set(edges))


@pytest.mark.parametrize(
    "piece",
    [
        "--key",
        "--key ",
        '--key "',
        '"--key',
        '" --key ',
        "“ --key ",
        '--key "" ',
        '“ --key "',
        " --key ‘",
        "a ",
        "a:",
        "a:b@",
        "@",
    ],
)
@pytest.mark.parametrize("start", ["", "--key ", "http://"])
def test_a_hostile_text_takes_no_longer_than_its_length(start: str, piece: str) -> None:
    text = start + piece * (100_000 // len(piece))

    began = perf_counter()
    hide_secrets(text)
    seconds = perf_counter() - began

    assert seconds < 1  # it takes 0.1 at most by itself; reading on for each character, minutes
