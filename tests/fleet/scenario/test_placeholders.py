import pytest

from mppsim.core.report_rule import read_report_rule
from mppsim.fleet.scenario.placeholders import (
    MARK,
    fill,
    find_unknown,
    is_marked,
    is_per_phone,
    phone_words,
    retarget,
    without_marks,
)

RUN = {"server": "http://127.0.0.1:8000", "tftp": "127.0.0.1:69"}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("${server}/$MA.xml", "http://127.0.0.1:8000/$MA.xml"),
        ("${server}${server}", "http://127.0.0.1:8000http://127.0.0.1:8000"),
        ("1${index}-${mac}", "1${index}-${mac}"),
        ("$server {server} $${tftp} ${server", "$server {server} $127.0.0.1:69 ${server"),
        ("plain", "plain"),
    ],
)
def test_words_of_the_run_are_filled_in_and_the_phones_stay(text: str, filled: str) -> None:
    assert fill(text, RUN) == filled


def test_phone_is_counted_from_one_in_its_group() -> None:
    assert fill("${index}/${mac}", phone_words(1, 0x00562B000001)) == "1/00562b000001"


@pytest.mark.parametrize(
    ("text", "is_own"),
    [("${mac}", True), ("x${index}", True), ("${server}", False), ("$MA", False)],
)
def test_each_phone_has_its_own_value_where_its_words_are(text: str, is_own: bool) -> None:
    assert is_per_phone(text) is is_own


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("${server}/${mac}${index}", RUN, []),
        ("a ${sever}", RUN, [(2, "${sever} stands for nothing; did you mean server?")]),
        (
            "${x}${}",
            {"server": ""},
            [
                (0, "${x} stands for nothing; there are ${server}, ${index}, ${mac}"),
                (4, "${} stands for nothing; there are ${server}, ${index}, ${mac}"),
            ],
        ),
        (
            "${tftp}",
            {"server": ""},
            [(0, "${tftp} stands for nothing: the server is not the embedded one")],
        ),
    ],
)
def test_word_that_means_nothing_is_found(text, words, expected) -> None:
    assert list(find_unknown(text, words)) == expected


@pytest.mark.parametrize(
    ("rule", "turned"),
    [
        ("http://a.example.com/x", "https://t:8443/x"),
        ('[--delta --key "a b"]http://a:81/$MA.xml [--status]tftp://b/s;', None),
        ("http://u:p@a/x?y=http://z/", "https://u:p@t:8443/x?y=http://z/"),
        ("/bare/$MA.xml", "/bare/$MA.xml"),
        ("$B/x", "$B/x"),
        ("[--delta http://a/x", "[--delta http://a/x"),
        ("http://a", "https://t:8443"),
        ("", ""),
    ],
)
def test_rules_urls_go_to_the_target(rule: str, turned: str | None) -> None:
    expected = turned
    if expected is None:
        expected = '[--delta --key "a b"]https://t:8443/$MA.xml [--status]https://t:8443/s;'

    assert retarget(rule, "https://t:8443") == expected
    assert len(read_report_rule(expected).rules) == len(read_report_rule(rule).rules)


def test_mark_shows_in_whatever_is_left_of_it() -> None:
    assert is_marked(f"s{MARK[3:4]}.example.com")
    assert not is_marked("s1.example.com")
    assert without_marks(f"s{MARK[:2]}") == "s00"
