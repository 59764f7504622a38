"""The garbage collector in a process of phones."""

import gc

from mppsim.fleet.collector import leave_to_collector, spare_collector, spare_more


def test_collector_leaves_alone_what_is_there_and_looks_seldom_until_it_is_left_to_itself() -> None:
    threshold, frozen = gc.get_threshold(), gc.get_freeze_count()
    kept = [[number] for number in range(1000)]
    spare_collector()
    try:
        assert gc.get_freeze_count() >= frozen + len(kept)
        longer = zip(gc.get_threshold()[:2], threshold[:2], strict=True)
        assert all(now > 10 * at_first for now, at_first in longer)
    finally:
        leave_to_collector()

    assert gc.get_freeze_count() == 0
    assert gc.get_threshold() == threshold


def test_what_is_made_later_is_left_alone_too_and_not_looked_through() -> None:
    looked: list[str] = []
    spare_collector()
    gc.callbacks.append(lambda phase, _info: looked.append(phase))
    try:
        frozen = gc.get_freeze_count()
        kept = [[number] for number in range(1000)]
        spare_more()

        assert gc.get_freeze_count() >= frozen + len(kept)
        assert looked == []
    finally:
        gc.callbacks.pop()
        leave_to_collector()
