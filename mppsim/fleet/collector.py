"""The garbage collector in a process of phones: it leaves alone what is here to stay.

What a report leaves behind is in no cycle and goes at once. The collector, left as it is, looks
through the reports in hand again and again, and finds nothing.
"""

import gc

__all__ = ["leave_to_collector", "spare_collector"]

_PAUSE = 10_000
"""Objects that are made and still there, before it looks again; Python's own 700 suit a script."""


def spare_collector() -> None:
    """Have the collector leave alone all that is there, and look seldom at the rest.

    Whoever has made much that stays calls it again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_PAUSE)


def leave_to_collector() -> None:
    """Have it look at everything again, as often as Python does by itself."""
    gc.unfreeze()
    gc.set_threshold(*_AT_FIRST)


_AT_FIRST = gc.get_threshold()
