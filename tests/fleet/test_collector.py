"""The garbage collector in a process of phones."""

import asyncio
import gc
from contextlib import closing

from mppsim.fleet.collector import Sparing


class Knot:
    """Is in a cycle with itself."""

    ended = 0

    def __init__(self) -> None:
        self.own = self

    def __del__(self) -> None:
        Knot.ended += 1


class Spared(closing["Spared"]):
    """Spares it, and looks what it does."""

    def __init__(self) -> None:
        super().__init__(self)
        self.looked: list[int] = []
        self.has_looked = asyncio.Event()
        self._sparing = Sparing()
        self._sparing.begin()
        gc.callbacks.append(self._note)

    def _note(self, phase: str, info: dict[str, int]) -> None:
        if phase == "stop":
            self.looked.append(info["generation"])
            self.has_looked.set()

    def close(self) -> None:
        gc.callbacks.remove(self._note)
        self._sparing.end()


async def test_collector_leaves_alone_what_is_there_until_it_is_left_to_itself() -> None:
    threshold, frozen = gc.get_threshold(), gc.get_freeze_count()
    kept = [[number] for number in range(1000)]
    with Spared():
        assert gc.get_freeze_count() >= frozen + len(kept)
        assert gc.get_threshold()[0] > 10 * threshold[0]

    assert gc.get_freeze_count() == 0
    assert gc.get_threshold() == threshold


async def test_what_comes_later_is_looked_at_once_and_then_left_alone() -> None:
    with Spared() as spared:
        frozen = gc.get_freeze_count()
        kept = [[number] for number in range(1000)]
        knots = Knot.ended
        Knot()
        await asyncio.wait_for(spared.has_looked.wait(), 30.0)

        assert gc.get_freeze_count() >= frozen + len(kept)
        assert set(spared.looked) == {0}
        assert Knot.ended == knots + 1
