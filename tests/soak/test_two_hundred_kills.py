"""`kill -9` at 200 random points under a stream of changes, by the keypad and by the page."""

from pathlib import Path
from random import Random

import pytest

from tests.support.kills import Torture

KILLS = 200


@pytest.mark.timeout(1800)
async def test_every_confirmed_change_survives_200_kills_and_is_reported(tmp_path: Path) -> None:
    random = Random()
    async with Torture(tmp_path / "state", random).serve() as torture:
        for number in range(KILLS):
            await torture.live(by_page=number % 2 == 1)
        values = await torture.rest()

    torture.check_values()
    torture.check_reports(values)
    repeats = torture.count_repeats()
    confirmed = sum(len(life.confirmed) for life in torture.lives)
    reports = sum(len(life.accepted) for life in torture.lives)
    early = sum(not life.confirmed for life in torture.lives[:-1])
    print(
        f"\n{KILLS} kills, {early} of them before a change was confirmed; {confirmed:,} changes"
        f" confirmed of {torture.changes:,} made; {reports:,} deltas accepted; after {repeats} of"
        " them the kill fell between the server's answer and the write: their changes came twice"
    )
