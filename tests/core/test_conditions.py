import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.core.conditions import Comparator, Comparison, Operand, holds, parse_condition
from mppsim.errors import ReportRuleError

MACROS = {
    "PRVTMR": "605",
    "PRVST": "-1",
    "CCERT": "Installed",
    "SWVER": "sip88xx.12-0-7MPP0201-66",
    "HWVER": "2.0.1",
    "A": "",
    "B": "ABCDEF",
    "SA": "secret",
}


def test_comparison_is_read_with_its_operands() -> None:
    condition = parse_condition('$PRVTMR ge 600 and "$CCERT" eq "Installed"')

    assert condition == (
        Comparison(Operand("$PRVTMR"), Comparator.GE, Operand("600")),
        Comparison(
            Operand("$CCERT", is_quoted=True),
            Comparator.EQ,
            Operand("Installed", is_quoted=True),
        ),
    )


@pytest.mark.parametrize("text", ["", "  \n"])
def test_nothing_written_is_no_condition_and_holds(text: str) -> None:
    assert parse_condition(text) == ()
    assert holds((), MACROS.get)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # the guides' own
        ("$PRVTMR ge 600", True),
        ("$UPGTMR gt 300 and $PRVTMR ge 600", True),
        ("$SWVER ge sip78xx.11-0-0MPP-7", True),
        ('"$CCERT" eq "Installed"', True),
        ("“$CCERT” eq “Installed”", True),
        ('"$A" ne "Provisioned"', True),
        # signs for words, with and without white space
        ("$PRVTMR=605", True),
        ("$PRVTMR != 605", False),
        ("$PRVTMR<606 and $PRVTMR <= 605", True),
        ("$PRVTMR>605", False),
        ("605>=$PRVTMR", True),
        ("$PRVTMR lt 605", False),
        ("$PRVTMR le 605", True),
        ("$PRVST eq -1", True),
        # all have to hold
        ("$PRVTMR gt 1 and $PRVTMR gt 1000", False),
        # versions: part by part, digits before letters, whatever the name before the dot
        ("sip88xx.11-0-0MPP-5 gt sip88xx.9-3-1-7MPP-5", True),
        ("11-3-1MPP-678 lt sip8845_65.11-3-1MPP-1000", True),
        ("11-3-2MPP0001-609 gt 11-3-1MPP-678", True),
        ("11-0-0MPP-7 gt 11-0-0MPP", True),
        ("11-0-0MN-1 lt 11-0-0MPP-1", True),
        ("$SWVER eq sip88xx.12-0-7MPP0201-66", True),
        ("$HWVER lt 2.0.10", True),
        # macros in parentheses
        ('"$(B:2:2)" eq "CD"', True),
        ("$(PRVTMR:0:1) eq 6", True),
        # secrets are no macros here
        ('"$SA" eq "secret"', False),
    ],
)
def test_condition_is_judged_by_the_phones_macros(text: str, expected: bool) -> None:
    assert holds(parse_condition(text), (MACROS | {"UPGTMR": "301"}).get) is expected


@pytest.mark.parametrize(
    ("text", "at", "reason"),
    [
        ("$PRVTMR", 0, "two sides"),
        ("$PRVTMR ge", 8, "two sides"),
        ("1 eq 1 and", 10, "two sides"),
        ("$PRVTMR is 600", 8, "one of = !="),
        ("$PRVTMR == 600", 9, "expected a number"),
        ("eq eq", 3, "two sides"),
        ("1 eq 1 or 2 eq 2", 7, "joined with: and"),
        ("1 eq 1 2 eq 2", 7, "joined with: and"),
        ('1 eq "x', 5, "expected a number"),
        ('1 eq 1 "and" 1 eq 1', 7, "joined with: and"),
        ("(1 eq 1", 1, "one of = !="),
        ("$A eq )", 6, "expected a number"),
    ],
)
def test_what_is_no_condition_is_a_fault_with_its_place(text: str, at: int, reason: str) -> None:
    with pytest.raises(ReportRuleError, match=reason) as fault:
        parse_condition(text)

    assert fault.value.at == at


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('$PRVTMR ge "600"', "numbers are not compared with texts"),
        ("$SWVER ge 12", "versions like 11-3-1MPP-678 are not compared with numbers"),
        ("$SWVER ge 12.0.7", "not compared with versions like 2.0.1"),
        ('"a" lt "b"', "only equal or not"),
        ("$CCERT eq Installed", "needs quotation marks"),
        ("$STRANGE eq 1", "needs quotation marks"),
        (f"{'1-' * 60}1 eq 1", "needs quotation marks"),
        ("9999999999999999999 eq 1", "needs quotation marks"),
    ],
)
def test_what_cannot_be_compared_is_a_fault_when_it_is_judged(text: str, reason: str) -> None:
    condition = parse_condition(text)

    with pytest.raises(ReportRuleError, match=reason):
        holds(condition, MACROS.get)


def test_right_of_what_is_false_nothing_is_judged() -> None:
    assert not holds(parse_condition("1 eq 2 and text eq text"), MACROS.get)


BARE = st.from_regex(r"[A-Za-z0-9$.+-]{1,12}", fullmatch=True).filter(lambda text: text != "and")
OPERANDS = st.builds(Operand, BARE) | st.builds(
    Operand, st.text(st.characters(exclude_characters='"“”')), is_quoted=st.just(True)
)
CONDITIONS = st.lists(
    st.builds(Comparison, OPERANDS, st.sampled_from(Comparator), OPERANDS), max_size=4
).map(tuple)


@given(CONDITIONS)
def test_a_condition_prints_itself(written: tuple[Comparison, ...]) -> None:
    assert parse_condition(" and ".join(map(str, written))) == written


@given(st.text() | st.text(st.sampled_from('"“” $()A1-.=<>!andeqlt')))
def test_any_text_is_a_condition_or_a_fault_inside_it(text: str) -> None:
    fault_at = 0
    try:
        holds(parse_condition(text), MACROS.get)
    except ReportRuleError as fault:
        fault_at = fault.at

    assert 0 <= fault_at <= len(text)
