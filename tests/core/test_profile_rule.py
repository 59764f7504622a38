from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.core.conditions import Comparator, Comparison, Operand
from mppsim.core.profile_rule import (
    Alternative,
    Assignment,
    Choice,
    ProfileRule,
    choose,
    parse_profile_rule,
)
from mppsim.errors import ReportRuleError

INIT = (
    '("$A" ne "Provisioned")? (Line_Enable_1_ = "No";)! https://p.tel.com/init-prov\n'
    "| https://p.tel.com/configs"
)
MACROS = {"A": "", "B": "k ] 1", "MA": "00562b000001", "PRVTMR": "30", "SA": "s3cret", "PSN": "X"}


def test_rule_of_the_guide_is_read_whole() -> None:
    assert parse_profile_rule(INIT) == ProfileRule(
        (
            Alternative(
                condition=(
                    Comparison(
                        Operand("$A", is_quoted=True),
                        Comparator.NE,
                        Operand("Provisioned", is_quoted=True),
                    ),
                ),
                assignments=(Assignment("Line_Enable_1_", "No"),),
                target="https://p.tel.com/init-prov",
            ),
            Alternative(target="https://p.tel.com/configs"),
        )
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # the guides' own
        ("/$PSN.xml", "/X.xml"),
        (
            "http://remote.server.com/cisco/$MA.cfg",
            "http://remote.server.com/cisco/00562b000001.cfg",
        ),
        ("($PRVTMR ge 600)? http://h/a | [--post a] http://h/b?", "http://h/b?"),
        ("(“$A” eq “”)? https://h/c? | https://h/d", "https://h/c?"),
        (
            "[--alias b] https://p.tel.com/account/$MA.xml",
            "https://p.tel.com/account/00562b000001.xml",
        ),
        # as people write them
        ("  ($PRVTMR = 30)?http://h/a|http://h/b  ", "http://h/a"),
        ("(1 eq 2)? /a | (1 eq 2)? /b | /c", "/c"),
        ("(1 eq 2)?/a|/bc", "/bc"),
        ("(1 eq 1)? | /c", ""),
        ("$(MA:6)/x", "000001/x"),
        ("/a;b=1", "/a;b=1"),
    ],
)
def test_first_alternative_whose_condition_holds_is_taken(text: str, expected: str) -> None:
    choice = choose(text, MACROS.get)

    assert choice is not None
    assert choice.target == expected


@pytest.mark.parametrize("text", ["", " \n ", "(1 eq 2)? /a", "(1 eq 2)? /a | (1 eq 3)? /b"])
def test_rule_that_asks_for_nothing_is_skipped(text: str) -> None:
    assert choose(text, MACROS.get) is None


def test_macros_are_expanded_part_by_part_and_secrets_only_as_options() -> None:
    text = '(GPP_A = "$MA $SA"; GPP_C="2")! [--key "$B" --uid $MA --pwd $SA]http://h/$SA/$$MA'

    assert choose(text, MACROS.get) == Choice(
        assignments=(Assignment("GPP_A", "00562b000001 $SA"), Assignment("GPP_C", "2")),
        target="http://h/$SA/$MA",
        key="k ] 1",
        uid="00562b000001",
        pwd="s3cret",
    )


@pytest.mark.parametrize("text", ["$D", " $(D) ", "$GPP_D"])
def test_rule_that_is_one_macro_is_what_the_parameter_holds(text: str) -> None:
    macros = {"D": "[--key k]http://h/$MA"} | MACROS

    choice = choose(text, macros.get)

    assert choice is not None
    assert choice.key == "k"


def test_unknown_options_are_ignored_and_named() -> None:
    choice = choose("[--post a --srv --uid u --uid v]/a", MACROS.get)

    assert choice == Choice(target="/a", uid="v", ignored=("--post", "--srv"))


@pytest.mark.parametrize(
    ("text", "at", "reason"),
    [
        ("http://a | http://b", 11, "only the last"),
        ("(1 eq 1)? /a |", 14, "missing"),
        ("| /a", 0, "missing"),
        ("(1 eq 1)", 0, "parentheses hold"),
        ("(1 eq 1? /a", 0, "parentheses hold"),
        ('("a)? /a', 0, "parentheses hold"),
        ("(1 is 1)? /a", 3, "one of = !="),
        ("()? /a", 1, "compares something"),
        ("()! /a", 1, 'NAME = "value"'),
        ("(GPP_A = 1;)! /a", 1, 'NAME = "value"'),
        ('(GPP_A = "1" GPP_B = "2")! /a', 1, 'NAME = "value"'),
        ('(GPP_A = "1"; GPP_B)! /a', 14, 'NAME = "value"'),
        ('(GPP_A = "1";)! (1 eq 1)? /a', 16, "the order is"),
        ("[--key k]", 9, "has to follow the options"),
        ("[--key k", 0, "never closed"),
        ('[--key "k]/a', 7, "never closed"),
        ("[--key]/a", 1, "has to follow --key"),
        ("[key k]/a", 1, "two hyphens"),
        ("--key k /a", 0, "square brackets"),
        ("http://h/a b", 11, "white space"),
    ],
)
def test_fault_is_told_with_its_place(text: str, at: int, reason: str) -> None:
    with pytest.raises(ReportRuleError, match=reason) as fault:
        parse_profile_rule(text)

    assert fault.value.at == at


def test_condition_that_cannot_be_judged_is_a_fault() -> None:
    with pytest.raises(ReportRuleError, match="not compared"):
        choose('($PRVTMR ge "600")? /a', MACROS.get)


def test_no_secret_is_in_what_is_printed_for_debugging() -> None:
    choice = choose('(Admin_Password="pw1";)! [--key k1 --pwd p1]http://u:p2@h/', MACROS.get)

    shown = repr(choice) + repr(parse_profile_rule("[--key k1 --pwd p1]http://u:p2@h/"))

    assert not [secret for secret in ("pw1", "k1", "p1", "p2") if secret in shown]


QUOTED = st.text(st.characters(exclude_characters='"“”'), max_size=8)
OPERANDS = st.builds(Operand, st.sampled_from(["$A", "12", "2.0.1", "$(A:2:3)", "-1"])) | st.builds(
    Operand, QUOTED, is_quoted=st.just(True)
)
COMPARISONS = st.builds(Comparison, OPERANDS, st.sampled_from(Comparator), OPERANDS)
NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,8}", fullmatch=True)
TARGETS = st.from_regex(r"[A-Za-z0-9/$_.;:?=&()-]{1,12}", fullmatch=True).filter(
    lambda text: not text.startswith(("--", "("))
)
VALUES = st.none() | st.text(st.characters(codec="latin-1"), max_size=8)


def _alternatives(*, condition: int) -> st.SearchStrategy[Alternative]:
    return st.builds(
        Alternative,
        condition=st.lists(COMPARISONS, min_size=condition, max_size=2).map(tuple),
        assignments=st.lists(st.builds(Assignment, NAMES, QUOTED), max_size=2).map(tuple),
        target=TARGETS,
        key=VALUES,
        uid=VALUES,
        pwd=VALUES,
    )


RULES = st.builds(
    lambda first, last: ProfileRule((*first, last)),
    st.lists(_alternatives(condition=1), max_size=2),
    _alternatives(condition=0),
)


@given(RULES)
def test_a_rule_prints_itself(rule: ProfileRule) -> None:
    assert parse_profile_rule(str(rule)) == rule


@pytest.mark.parametrize("text", ["(1 eq 1)? | /c", '(GPP_A = "1";)!', "(1 eq 1)?"])
def test_rule_without_a_url_prints_itself(text: str) -> None:
    assert str(parse_profile_rule(text)) == text


@given(st.text() | st.text(st.sampled_from('()?!|[]"“”; -adekqy$=1\\0\n:/')))
def test_any_text_is_a_rule_or_a_fault_inside_it(text: str) -> None:
    fault_at = 0
    try:
        parse_profile_rule(text)
    except ReportRuleError as fault:
        fault_at = fault.at

    assert 0 <= fault_at <= len(text)


@pytest.mark.parametrize(
    "text", ["(" * 50_000, '("' * 50_000, "x$( " * 50_000, "(1 eq 1)?" * 20_000, "[--key " * 20_000]
)
def test_hostile_text_costs_no_more_than_its_length(text: str) -> None:
    began = perf_counter()

    with pytest.raises(ReportRuleError):
        parse_profile_rule("(1 eq 1)? " + text)

    assert perf_counter() - began < 2.0
