import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.core.rule_lexer import RuleText, check_target, quote_word, split_rules
from mppsim.errors import ReportRuleError


def shape(rule: RuleText) -> tuple[list[str], str] | tuple[int, str]:
    """Give words and target, or the fault's place and the end of its reason."""
    if rule.fault:
        return rule.fault.at, rule.fault.reason
    return [word.text for word in rule.words], rule.target


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # realistic
        ("http://h/x", [([], "http://h/x")]),
        ("[--delta]http://h/x;", [(["--delta"], "http://h/x")]),
        ("[ --key  a ]\n http://h/x", [(["--key", "a"], "http://h/x")]),
        ("[--delta][--key a] u", [(["--delta", "--key", "a"], "u")]),
        ("a b\tc", [([], "a"), ([], "b"), ([], "c")]),
        ("[]u [ ] v", [([], "u"), ([], "v")]),
        # semicolons
        ("a;;; b;c; ; ;; d", [([], "a"), ([], "b;c"), ([], "d")]),
        (" ; ;; ", []),
        (";a", [([], ";a")]),
        # quotes and escapes
        ('[--key "a b"]u', [(["--key", "a b"], "u")]),
        ('[--key "a]b"]u', [(["--key", "a]b"], "u")]),
        ('[--key a"b c"d]u', [(["--key", "ab cd"], "u")]),
        ('[--key ""]u', [(["--key", ""], "u")]),
        ("[--key “a b”]u", [(["--key", "a b"], "u")]),
        ('[--key “a b"]u', [(["--key", "a b"], "u")]),
        ('[--key "a”b"]u', [(["--key", "a”b"], "u")]),
        ("[--key \\043\\377]u", [(["--key", "#\xff"], "u")]),
        ('[--key "\\042\\135"]u', [(["--key", '"]'], "u")]),
        ("[--key \\n\\400\\08\\\\]u", [(["--key", "\\n\\400\\08\\\\"], "u")]),
        ("[--key \\134042]u", [(["--key", "\\042"], "u")]),
        ("[--key a[b]u", [(["--key", "a[b"], "u")]),
        # faults, and where reading goes on
        ("[--delta", [(0, "this bracket is never closed")]),
        ("[", [(0, "this bracket is never closed")]),
        ("[--delta http://h/x", [(0, "this bracket is never closed")]),
        ("[--a x [--b]v w", [(0, "this bracket is never closed"), (["--b"], "v"), ([], "w")]),
        ('[--key "a]u', [(7, "this quotation mark is never closed")]),
        ("[--key “a]u [ --b]v", [(7, "this quotation mark is never closed"), (["--b"], "v")]),
        (
            '[--key "a [--b" "c]u [--d]v',
            [(16, "this quotation mark is never closed"), (["--d"], "v")],
        ),
        ("[--delta]", [(9, "a URL has to follow the options")]),
        ("[--delta] ; v", [(9, "a URL has to follow the options"), ([], "v")]),
        ("[]", [(2, "a URL has to follow the options")]),
        ("a[--b]c [--d]e", [(1, "white space has to separate two rules"), (["--d"], "e")]),
        ("a[ --b]c", [(1, "white space has to separate two rules")]),
        ("--b c", [(0, "options go in square brackets before the URL: [--delta]URL")]),
        ("[" + "a " * 64 + "]u", [(["a"] * 64, "u")]),
        ("[" + "a " * 65 + "]u [--b]v", [(129, "too many options"), (["--b"], "v")]),
        ("[]" * 64 + "u", [([], "u")]),
        ("[]" * 65 + "u", [(128, "too many brackets")]),
        # nothing
        ("", []),
        (" \t\r\n\u00a0\u2003", []),
    ],
)
def test_a_text_splits_into_these_rules(text: str, expected: list[object]) -> None:
    actual = [shape(rule) for rule in split_rules(text)]

    assert actual == expected


def test_rules_and_words_know_their_places() -> None:
    first, second, third = split_rules(' [--a "b"] u;  [--c [--d]v')

    assert (first.at, first.target_at) == (1, 11)
    assert [(word.written, word.at) for word in first.words] == [("--a", 2), ('"b"', 6)]
    assert (second.at, third.at, third.target_at) == (15, 20, 25)


@pytest.mark.parametrize(
    ("written", "is_option"), [("--a", True), ('"--a"', False), ("\\055-a", False), ("-a", False)]
)
def test_only_hyphens_as_written_make_an_option(written: str, *, is_option: bool) -> None:
    (rule,) = split_rules(f"[{written}]u")

    assert rule.words[0].is_option is is_option


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("test123", "test123"),
        ("my secret", '"my secret"'),
        ("", '""'),
        ("-x", '"-x"'),
        ("a]b", '"a]b"'),
        ("[a", '"[a"'),
        ('a"b', "a\\042b"),
        ("a“b", '"a“b"'),
        ("a\nb\x00\x85", "a\\012b\\000\\205"),
        ("a\u2028b", '"a\u2028b"'),
        ("\\x", "\\x"),
        ("\\042", "\\134042"),
    ],
)
def test_a_value_is_written_like_this(value: str, expected: str) -> None:
    assert quote_word(value) == expected


@given(st.text())
def test_a_written_value_reads_as_itself(value: str) -> None:
    (rule,) = split_rules(f"[--key {quote_word(value)}]u")

    assert [(word.text, word.is_option) for word in rule.words] == [("--key", True), (value, False)]


@pytest.mark.parametrize("target", ["--x", "a[--b", "a["])
def test_a_target_that_would_read_otherwise_is_refused(target: str) -> None:
    with pytest.raises(ReportRuleError):
        check_target(f"<{target}>", 1, 1 + len(target))


def test_a_target_is_judged_by_nothing_around_it() -> None:
    check_target("--[a]b[--", 3, 6)


@given(st.text(st.sampled_from('[]"“”; -a\\0\n')))
def test_every_rule_begins_after_the_one_before_it(text: str) -> None:
    places = [rule.at for rule in split_rules(text)]

    assert places == sorted(set(places))
