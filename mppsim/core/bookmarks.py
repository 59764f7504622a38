"""Where each rule's deltas have come to in the revisions of a phone's store.

Source: the guide, "Report Current Phone Configuration to the Provisioning Server";
docs/decisions.md, "What a delta holds".
"""

from mppsim.core.firmware import DeltaBase
from mppsim.core.frozen import frozen_value
from mppsim.core.report_rule import MAX_RULES

__all__ = ["Bookmarks"]

_NOWHERE = (0,) * MAX_RULES
_REPORT = DeltaBase.REPORT  # 3.11 looks a member of an enum up slowly


@frozen_value()
class Bookmarks:
    """Revisions by a rule's place. A value: all phones that never reported share one."""

    since: tuple[int, ...] = _NOWHERE
    """What the next delta looks back on."""
    accepted: tuple[int, ...] = _NOWHERE
    """Up to where the server has everything; another one only for `delta_base = sync`."""

    def accept(self, place: int, revision: int, base: DeltaBase) -> "Bookmarks":
        """Return these once the server has accepted a delta of the rule at that place."""
        accepted = (*self.accepted[:place], revision, *self.accepted[place + 1 :])
        since = accepted if base is _REPORT else self.since
        if accepted == self.accepted and since == self.since:
            return self
        return Bookmarks(since, accepted)

    def sync(self, revision: int, base: DeltaBase) -> "Bookmarks":
        """Return these after a resync: a delta since the last one begins anew."""
        return self if base is _REPORT else Bookmarks(*[(revision,) * MAX_RULES] * 2)

    def restart(self) -> "Bookmarks":
        """Return these after a restart, which ends what a delta since it looks back on."""
        return Bookmarks(self.accepted, self.accepted)
