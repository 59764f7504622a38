"""A person reads report.html in Chromium: no network, no fault, charts that are drawn."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mppsim.results.figures import Figures
from mppsim.results.html import render_html
from mppsim.results.outcome import Outcome
from tests.support.chromium import Tab, chromium, serious_faults
from tests.support.long_runs import FIGURES, GROUPS, LONG_RUN
from tests.support.outcomes import outcome_of

ARTEFACTS = Path(__file__).parents[2] / "tests" / "artefacts" / "report"

EMPTY = replace(outcome_of(Figures()), series=(), failed=())
PIXELS_DRAWN = """[...document.querySelectorAll('.plot')].map(plot => {
    const canvas = plot.querySelector('canvas');
    const pixels = new Uint32Array(
        canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer);
    return [...plot.querySelectorAll('.u-series:not(:first-child) .u-marker')].map(marker => {
        const [red, green, blue] = marker.style.borderColor.match(/\\d+/g).map(Number);
        const colour = (255 << 24 | blue << 16 | green << 8 | red) >>> 0;
        return pixels.filter(pixel => pixel === colour).length;
    });
})"""
"""How much of the colour of each line is in its chart."""
LEGENDS = """[...document.querySelectorAll('.plot')]
    .map(plot => plot.querySelector('.u-value').textContent)"""
PICTURES = "[...document.querySelectorAll('.plot canvas')].map(canvas => canvas.toDataURL())"
MARKED = "document.querySelectorAll('.u-marker')[1].style.borderColor"
NAMES = "[...document.querySelectorAll('.sortable tbody th')].map(cell => cell.textContent)"

SORTED_BY = """[...document.querySelectorAll('[aria-sort]')]
    .map(head => `${head.textContent} ${head.getAttribute('aria-sort')}`).join()"""


@asynccontextmanager
async def opened(
    path: Path, outcome: Outcome, *, width: int = 1280, dark: bool = False
) -> AsyncIterator[Tab]:
    file = path / "report.html"
    file.write_text(render_html(outcome), encoding="utf-8")
    async with chromium() as tab:
        await tab.look(width, 900, dark=dark)
        await tab.go(file.as_uri())
        yield tab


async def photograph(tab: Tab, name: str, *, width: int, dark: bool = False) -> None:
    """Take the page in its whole length."""
    height = await tab.read("document.documentElement.scrollHeight")
    await tab.look(width, height, dark=dark)
    await tab.photograph(ARTEFACTS / f"{name}.png")


@pytest.mark.parametrize(
    ("name", "width", "dark"),
    [("light", 1280, False), ("dark", 1280, True), ("narrow", 360, False)],
)
async def test_report_is_sound_and_photographed(
    tmp_path: Path, name: str, width: int, dark: bool
) -> None:
    async with opened(tmp_path, LONG_RUN, width=width, dark=dark) as tab:
        assert await tab.read("document.documentElement.scrollWidth") <= width
        await photograph(tab, name, width=width, dark=dark)

        assert await serious_faults(tab) == []
        assert tab.faults == []
        assert {url.partition(":")[0] for url in tab.requests} <= {"file", "data"}


async def test_report_of_a_run_in_which_nothing_happened_is_sound(tmp_path: Path) -> None:
    async with opened(tmp_path, EMPTY) as tab:
        await photograph(tab, "empty", width=1280)

        assert await tab.read("document.querySelectorAll('canvas').length") == 0
        assert await serious_faults(tab) == []
        assert tab.faults == []


async def test_each_line_is_drawn(tmp_path: Path) -> None:
    async with opened(tmp_path, LONG_RUN) as tab:
        drawn = await tab.read(PIXELS_DRAWN)

        assert [len(lines) for lines in drawn] == [2, 1, 2, 1, 2]
        assert min(pixels for lines in drawn for pixels in lines) > 100


async def test_cursor_is_shared_by_all_charts(tmp_path: Path) -> None:
    async with opened(tmp_path, LONG_RUN) as tab:
        assert set(await tab.read(LEGENDS)) == {"–"}
        x, y = await middle_of(tab, ".plot .u-over")
        await tab.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        await frame(tab)

        assert await tab.read(LEGENDS) == ["0:30:00"] * 5


async def test_charts_are_read_with_the_keyboard(tmp_path: Path) -> None:
    async with opened(tmp_path, LONG_RUN) as tab:
        await tab.read("document.querySelector('.plot').focus()")
        for _ in range(2):
            await tab.press("ArrowRight", 39)
        await frame(tab)

        assert await tab.read(LEGENDS) == ["0:00:04"] * 5
        spoken = await tab.read("document.activeElement.getAttribute('aria-valuetext')")
        assert spoken.startswith("0:00:04: due ")


async def test_looking_closer_is_shared_by_all_charts_and_undone(tmp_path: Path) -> None:
    async with opened(tmp_path, LONG_RUN) as tab:
        x, y = await middle_of(tab, ".plot .u-over")
        whole = await tab.read(PICTURES)
        for kind, at in (("mousePressed", x), ("mouseMoved", x + 90), ("mouseReleased", x + 90)):
            await mouse(tab, kind, at, y)
        await frame(tab)
        closer = await tab.read(PICTURES)
        assert [a == b for a, b in zip(whole, closer, strict=True)] == [False] * 5

        for count in (1, 2):
            for kind in ("mousePressed", "mouseReleased"):
                await mouse(tab, kind, x, y, count)
        await frame(tab)

        assert [a == b for a, b in zip(whole, await tab.read(PICTURES), strict=True)] == [True] * 5
        assert tab.faults == []


async def test_groups_are_sorted_with_the_keyboard(tmp_path: Path) -> None:
    async with opened(tmp_path, LONG_RUN) as tab:
        assert await tab.read(NAMES) == list(GROUPS)
        orders = []
        for column in (6, 6, 0):
            await tab.read(f"document.querySelectorAll('.sortable button')[{column}].focus()")
            await tab.press("Enter", 13)
            orders.append((await tab.read(SORTED_BY), await tab.read(NAMES)))

        assert orders == [
            ("latency p99 descending", ["home workers", "branches", "head office"]),
            ("latency p99 ascending", ["head office", "branches", "home workers"]),
            ("group ascending", ["branches", "head office", "home workers"]),
        ]


async def test_markup_in_a_name_is_text_in_a_real_browser(tmp_path: Path) -> None:
    hostile = "</script><script>document.title='x'</script><img src=http://192.0.2.1/x>"
    figures = replace(FIGURES, groups={hostile: GROUPS["branches"]})
    async with opened(tmp_path, replace(LONG_RUN, scenario=hostile, figures=figures)) as tab:
        assert await tab.read(NAMES) == [hostile]
        assert await tab.read("document.images.length") == 0
        assert "mppsim" in await tab.read("document.title")
        assert tab.faults == []


async def test_policy_stops_a_script_that_is_not_the_pages_own(tmp_path: Path) -> None:
    async with opened(tmp_path, LONG_RUN) as tab:
        await tab.read(
            "document.body.append(Object.assign(document.createElement('script'),"
            " {textContent: 'document.title = 1'}))"
        )

        assert await tab.read("document.title") != "1"
        assert "Content Security Policy" in tab.faults[0]


async def test_charts_are_drawn_anew_in_the_colours_of_the_moment(tmp_path: Path) -> None:
    """In the dark as the rest of the page, and light on paper whatever the person prefers."""
    async with opened(tmp_path, LONG_RUN) as tab:
        colours = [await tab.read(MARKED)]
        for media in ("screen", "print"):
            scheme = {"name": "prefers-color-scheme", "value": "dark"}
            await tab.call("Emulation.setEmulatedMedia", media=media, features=[scheme])
            await frame(tab)
            colours.append(await tab.read(MARKED))

        assert colours == ["rgb(0, 114, 178)", "rgb(86, 180, 233)", "rgb(0, 114, 178)"]
        assert tab.faults == []


async def frame(tab: Tab) -> None:
    """Wait until what was done is drawn."""
    await tab.read("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


async def mouse(tab: Tab, kind: str, x: float, y: float, count: int = 1) -> None:
    button: dict[str, Any] = {"button": "left", "buttons": 1, "clickCount": count}
    await tab.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **button)


async def middle_of(tab: Tab, selector: str) -> tuple[float, float]:
    x, y = await tab.read(
        f"(() => {{ const e = document.querySelector({selector!r});"
        " e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect();"
        " return [r.x + r.width / 2, r.y + r.height / 2] })()"
    )
    return x, y
