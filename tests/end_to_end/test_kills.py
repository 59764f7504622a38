"""`kill -9` at random points under a stream of changes; `make soak` does the same 200 times."""

from pathlib import Path
from random import Random

import pytest

from tests.support.kills import Torture


@pytest.mark.parametrize("by_page", [False, True], ids=["keypad", "page"])
async def test_every_confirmed_change_survives_kills_and_is_reported(
    by_page: bool, tmp_path: Path
) -> None:
    async with Torture(tmp_path / "state", Random(3)).serve() as torture:
        for _ in range(5):
            await torture.live(by_page=by_page)
        values = await torture.rest()

    torture.check_values()
    torture.check_reports(values)
    torture.count_repeats()
