"""Writing a page: quickly, and whatever is in a value."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from mppsim.admin.address import Account, PageAddress
from mppsim.admin.pages import MEDIA_TYPES, Frame, Seals, read_asset, write_message
from tests.support.admin_visits import Visitor


def test_files_of_the_pages_are_there_and_no_others() -> None:
    assert all(read_asset(name) for name in MEDIA_TYPES)
    assert [read_asset(name) for name in ("", "../pages.py", "templates/base.html")] == [None] * 3


@pytest.mark.parametrize("name", ["admin.css", "admin.js", "icon.svg"])
def test_file_of_the_pages_asks_for_nothing_outside(name: str) -> None:
    text = (read_asset(name) or b"").decode().replace("http://www.w3.org/2000/svg", "")

    assert "//" not in text.replace("// ", "")
    assert "url(" not in text
    assert "@import" not in text


async def test_any_text_in_a_value_comes_back_as_that_text() -> None:
    visitor = Visitor()
    frame = Frame(
        phone=visitor.phone,
        address=PageAddress(account=Account.USER),
        tabs=(),
        here="status",
    )

    @given(st.text(st.characters(min_codepoint=32, exclude_categories=("Cs", "Cc", "Cn", "Co"))))
    def check(text: str) -> None:
        page = html.fromstring(write_message(frame, "Title", text))
        assert page.xpath("//p[@class='notice']")[0].text_content() == text

    check()


def test_seals_of_a_form_without_a_tab_say_nothing_of_values() -> None:
    assert Seals(token="t").seen == ""


@pytest.mark.parametrize(
    ("model", "slug"), [("8851", "provisioning"), ("8851", "att-console"), ("9871", "att-console")]
)
async def test_tab_is_written_in_a_moment(model: str, slug: str) -> None:
    visitor = Visitor(model=model)
    visitor.ask(f"/admin/advanced/{slug}")  # templates and controls are made once

    best = min(_seconds_of(visitor, f"/admin/advanced/{slug}") for _ in range(3))

    assert best < 0.1  # on any machine; about 3 to 12 ms on the author's


def _seconds_of(visitor: Visitor, target: str) -> float:
    began = time.perf_counter()
    visitor.ask(target)
    return time.perf_counter() - began
