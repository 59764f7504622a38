"""The garbage collector in a process of phones: it leaves alone what is here to stay.

What a report leaves behind is in no cycle and goes at once. The collector, left as it is, looks
through the reports in hand again and again, and finds nothing.
"""

import gc

__all__ = ["leave_to_collector", "spare_collector", "spare_more"]

_AT_FIRST = gc.get_threshold()
_LONGER = 15
_FIRST_LOOKS = 1000
"""At new objects only, before it looks at those, too, that it has left before: most of them are
values that phones hold now, and all reports of 100,000 phones waited a tenth of a second for it."""


def spare_collector() -> None:
    """Have the collector leave alone all that is there, and look seldom at the rest.

    Python's own pause suits a script: 700 objects that are made and still there, 2,000 since 3.13.
    Whoever makes much that stays calls `spare_more` now and then.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_LONGER * _AT_FIRST[0], _FIRST_LOOKS)


def spare_more() -> None:
    """Have the collector leave alone what was made since, too; it does not look through it.

    Of a thousand phones that takes some milliseconds, in which every report would wait.
    """
    gc.freeze()


def leave_to_collector() -> None:
    """Have it look at everything again, as often as Python does by itself."""
    gc.unfreeze()
    gc.set_threshold(*_AT_FIRST)
