"""The figures of a run in words."""

from dataclasses import replace

import pytest

from mppsim.results.figures import Figures, GeneratorFigures, ReadbackFigures
from mppsim.results.key_figures import build_cards, build_group_rows, build_spread_rows
from tests.support.figures import BUSY


def facts_of(figures: Figures, title: str) -> dict[str, str]:
    [card] = [card for card in build_cards(figures) if card.title == title]
    return {fact.label: fact.text for fact in card.facts}


@pytest.mark.parametrize(
    ("title", "facts"),
    [
        (
            "Reports",
            {
                "due": "1,000",
                "sent": "1,000 (100 %)",
                "delivered": "999 (99.9 %)",
                "failed": "1 (0.1 %)",
                "unfinished": "0",
                "late": "3 (0.3 %)",
                "bytes delivered": "5.99 MB",
            },
        ),
        ("Triggers", {"local change": "1,000"}),
        ("How it was sent", {"PUT": "1,000", "not encrypted": "1,000"}),
        (
            "NOTIFY",
            {
                "received": "10",
                "accepted": "6",
                "challenged": "4",
                "refused": "0",
                "sent": "7",
                "unanswered": "1",
            },
        ),
        ("Registrations", {"registered": "100"}),
        ("Resyncs", {"ok": "3", "status-404": "2"}),
        (
            "mppsim itself",
            {
                "saturated": "no",
                "cores used": "1.25",
                "busiest worker": "0.75 of a core",
                "memory": "300 MB",
                "connections at once": "120",
                "reports queued at once": "0",
                "workers": "2",
                "workers lost": "0",
                "embedded server lost": "no",
            },
        ),
    ],
)
def test_figures_are_told_in_words(title: str, facts: dict[str, str]) -> None:
    assert facts_of(BUSY, title) == facts


def test_read_back_tells_all_of_it() -> None:
    facts = facts_of(BUSY, "Read-back")

    assert (facts["checked"], facts["stale"], facts["missing"]) == ("100", "2", "0")
    assert len(facts) == len(ReadbackFigures.__dataclass_fields__)


def test_limit_is_named() -> None:
    figures = replace(BUSY, generator=GeneratorFigures(saturated=True, limit="connections"))

    assert facts_of(figures, "mppsim itself")["saturated"] == "yes, by connections"


def test_what_did_not_happen_is_said_in_a_sentence() -> None:
    said = {card.title: card.nothing for card in build_cards(Figures()) if not card.facts}

    assert said == {
        "Triggers": "No trigger fell.",
        "How it was sent": "Nothing was sent.",
        "Read-back": "What the server holds was not read back.",
        "Registrations": "No line registered.",
        "Resyncs": "No phone resynced.",
    }


def test_times_are_shown_with_their_percentiles() -> None:
    rows = {name: [cell.text for cell in cells] for name, _, cells in build_spread_rows(BUSY)}

    assert rows == {
        "latency": ["999", "2 ms", "4 ms", "300 ms", "300 ms"],
        "latency from due": ["999", "3 ms", "5 ms", "5 ms", "5 ms"],
        "lateness": ["1,000", "1 ms", "1 ms", "1 ms", "1 ms"],
    }


def test_times_of_nothing_are_no_zeros() -> None:
    for _, _, cells in build_spread_rows(Figures()):
        assert [cell.text for cell in cells] == ["0", "–", "–", "–", "–"]
        assert {cell.value for cell in cells[1:]} == {-1.0}


def test_groups_have_what_they_are_sorted_by() -> None:
    rows = dict(build_group_rows(BUSY))

    assert [cell.text for cell in rows["lobby"]] == [
        *("40", "800", "800", "0", "2 ms", "300 ms", "300 ms", "3 ms", "1 ms"),
    ]
    assert [cell.value for cell in rows["office"]][:6] == [60, 200, 199, 1, 0.004, 0.004]
