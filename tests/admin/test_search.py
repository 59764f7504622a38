import pytest

from mppsim.admin.address import Account, Detail
from mppsim.admin.layout import show_tabs
from mppsim.admin.search import MOST_HITS, find_parameters
from tests.support.timelines import make_store


def names(query: str, account: Account = Account.ADMIN) -> list[str]:
    tabs = show_tabs(make_store().view, account, Detail.ADVANCED)
    return [hit.parameter.name for hit in find_parameters(tabs, query)]


@pytest.mark.parametrize("query", ["Report_Rule", "report rule", "RULE report", "  Report   Rule "])
def test_parameter_is_found_by_name_or_label_in_any_case_and_order(query: str) -> None:
    assert "Report_Rule" in names(query)


def test_hits_come_in_page_order_with_their_place() -> None:
    tabs = show_tabs(make_store().view, Account.ADMIN, Detail.ADVANCED)
    first = find_parameters(tabs, "upload delay")[0]

    assert (first.tab.slug, first.section.title, first.label) == (
        "provisioning",
        "Upload Configuration Options",
        "Upload Delay On Local Change",
    )


@pytest.mark.parametrize("query", ["", "   ", "no such thing"])
def test_nothing_is_found_for_nothing(query: str) -> None:
    assert names(query) == []


def test_no_more_is_listed_than_a_person_reads() -> None:
    assert len(names("e")) == MOST_HITS


def test_user_finds_only_what_he_may_see() -> None:
    assert names("report rule", Account.USER) == []
    assert "Ringer_Volume" in names("ringer", Account.USER)
