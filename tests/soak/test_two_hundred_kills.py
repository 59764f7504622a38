"""`kill -9` at 200 random points under a stream of page submits, and at some under key presses."""

from pathlib import Path
from random import Random

import pytest

from tests.support.kills import Torture

KILLS, KILLS_AT_THE_KEYPAD = 200, 50


@pytest.mark.timeout(1800)
async def test_every_confirmed_change_survives_200_kills_and_is_reported(tmp_path: Path) -> None:
    random = Random()
    async with Torture(tmp_path / "state", random).serve() as torture:
        for number in range(KILLS + KILLS_AT_THE_KEYPAD):
            await torture.live(by_page=number < KILLS)
        values = await torture.rest()

    torture.check_values()
    torture.check_reports(values)
    repeats = torture.count_repeats()
    confirmed = sum(len(life.confirmed) for life in torture.lives)
    reports = sum(len(life.accepted) for life in torture.lives)
    early = sum(not life.confirmed for life in torture.lives[:-1])
    print(
        f"\n{len(torture.lives) - 1} kills, {early} of them before a change was confirmed;"
        f" {confirmed:,} changes confirmed of {torture.changes:,} made;"
        f" {reports:,} deltas accepted; after {repeats} of them the kill fell between the server's"
        " answer and the write: their changes came twice"
    )
