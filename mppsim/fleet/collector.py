"""The garbage collector in a process of phones: it leaves alone what is here to stay.

What a report leaves behind is in no cycle and goes at once. The collector, left as it is, looks
through the reports in hand again and again, and finds nothing.

Seldom is not enough: it counts what is made less what goes, and a phone that changes makes as much
as it gives up. Left to that count, 100,000 phones had waited with all their reports for a tenth of
a second when it came to look at what they hold now.
"""

import asyncio
import gc

__all__ = ["Sparing", "spare_collector"]

_AT_FIRST = gc.get_threshold()
_LONGER = 15
_OFTEN = 0.1
"""Real seconds; what thousands of reports a second make meanwhile is looked through in one or two
milliseconds."""


def spare_collector() -> None:
    """Have the collector leave alone all that is there, and look seldom at the rest.

    Python's own pause suits a script: 700 objects that are made and still there, 2,000 since 3.13.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_LONGER * _AT_FIRST[0])


class Sparing:
    """Spares the collector from `begin` to `end`, in the running event loop."""

    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Have it leave alone all that is there, and often from now on what has come since."""
        spare_collector()
        self._go_on()

    def end(self) -> None:
        """Have it look at everything again, as often as Python does by itself."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        gc.unfreeze()
        gc.set_threshold(*_AT_FIRST)

    def _go_on(self) -> None:
        gc.collect(0)  # what is in a cycle after all goes now, or never
        gc.freeze()
        self._timer = asyncio.get_running_loop().call_later(_OFTEN, self._go_on)
